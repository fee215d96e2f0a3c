"""Conversion of cells to numbers and texts; errors name the row and the column."""

import numpy as np
import pandas as pd

from mmcore import MmcoreError
from mmcore.data.tables import Records

LARGEST = 1e15
"""Largest absolute value of a number: beyond it, squares and likelihoods overflow in float32."""


def is_numeric(cells: pd.Series | np.dtype) -> bool:
    """Return True if a column, or a column of this type, contains numbers."""
    return bool(pd.api.types.is_numeric_dtype(cells) and not pd.api.types.is_bool_dtype(cells))


def numbers(frame: pd.DataFrame, records: Records) -> np.ndarray:
    """Return the cells of numeric columns, (N, C) float64, NaN where missing.

    Raises:
        MmcoreError: a cell is infinite or larger than `LARGEST`.
    """
    if not all(map(is_numeric, frame.dtypes.unique())):
        frame = frame.apply(lambda cells: _parsed(cells, records))
    found = frame.to_numpy(dtype=np.float64, na_value=np.nan)
    wrong = np.abs(found) > LARGEST
    if wrong.any():
        row, column = np.argwhere(wrong)[0]
        name = frame.columns[column]
        raise MmcoreError(
            f"'{records.source}' has {found[row, column]:g} in column '{name}', row"
            f" '{records.ids[frame.index[row]]}'; expected a finite number of at most {LARGEST:g}, or"
            f" an empty cell; change the unit, correct the cell, or exclude the column with"
            f" columns: ['*', '!{name}']"
        )
    return found


def texts(cells: pd.Series) -> pd.Series:
    """Return the categories of cells as texts; 2.0, in a column with missing cells, equals 2."""
    known = cells.dropna()
    if is_numeric(known):
        number = known.astype(np.float64)
        whole = number == number.round()
        return number.astype(str).where(~whole, number.where(whole, 0).astype(np.int64).astype(str))
    return known.astype(str).str.strip()


def _parsed(cells: pd.Series, records: Records) -> pd.Series:
    if is_numeric(cells):
        return cells
    parsed = pd.to_numeric(cells, errors="coerce")
    wrong = parsed.isna() & cells.notna()
    if wrong.any():
        row = wrong.index[wrong.argmax()]
        raise MmcoreError(
            f"'{records.source}' has '{cells[row]}' in the numeric column '{cells.name}', row"
            f" '{records.ids[row]}'; correct or empty the cell, add its value to 'missing', or declare the"
            " column under 'types' as categorical"
        )
    return parsed
