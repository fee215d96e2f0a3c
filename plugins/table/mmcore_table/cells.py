"""Conversion of cells to numbers and texts; errors name the row and the column."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from mmcore import MmcoreError
from mmcore.config.parsing import ColumnParse
from mmcore.data.tables import Records, SparseRows
from mmcore.data.tables.parsing import as_days, is_time, parsed

LARGEST = 1e15
"""Largest absolute value of a number: beyond it, squares and likelihoods overflow in float32, and a double
does not hold every integer."""
SHOWN = 24
"""Characters of a cell in a message."""


def is_numeric(cells: pd.Series | np.dtype) -> bool:
    """Return True if a column, or a column of this type, contains numbers."""
    return bool(pd.api.types.is_numeric_dtype(cells) and not pd.api.types.is_bool_dtype(cells))


def shown(cell: object) -> str:
    """Return a cell for a message."""
    text = str(cell)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


def values(cells: pd.Series, parse: ColumnParse) -> np.ndarray:
    """Return a column as float64; what is missing or no number is NaN."""
    if parse.form in ("date", "duration"):
        return as_days(cells, parse)
    if is_numeric(cells):
        return cells.to_numpy(dtype=np.float64, na_value=np.nan)
    if is_time(cells) is not None or pd.api.types.is_bool_dtype(cells):
        return np.full(len(cells), np.nan)
    if not isinstance(cells.dtype, pd.StringDtype):
        cells = cells.map(_text, na_action="ignore").astype("str")
    return parsed(cells, parse)


def numbers(
    frame: pd.DataFrame, records: Records, parses: Mapping[str, ColumnParse] | None = None
) -> np.ndarray:
    """Return the cells of numeric columns, (N, C) float64, NaN where missing.

    Arguments:
        frame: some rows of the records.
        records: for messages.
        parses: by column, how texts become numbers; plain numbers by default.

    Raises:
        MmcoreError: a cell is infinite or larger than `LARGEST`.
    """
    if all(kind.kind in "fiu" for kind in frame.dtypes) and not parses:
        cells = frame.to_numpy(dtype=np.float64, na_value=np.nan)
    else:
        plain, ways = ColumnParse(), parses or {}
        columns = [_checked(frame[name], records, ways.get(name, plain)) for name in frame]
        cells = np.stack(columns, axis=1) if columns else np.empty((len(frame), 0))
    wrong = np.abs(cells) > LARGEST
    if wrong.any():
        row, column = np.argwhere(wrong)[0]
        name, key = str(frame.columns[column]), str(records.ids[frame.index[row]])
        raise _too_large(records, frame.iloc[row, column], name, key)
    return cells


def check_sparse(rows: SparseRows, names: Sequence[str], records: Records) -> None:
    """Check the numbers of a sparse matrix as `numbers` does.

    Raises:
        MmcoreError: a cell is infinite or larger than `LARGEST`.
    """
    begin = 0
    for chunk in rows.chunks():
        wrong = np.abs(chunk.data) > LARGEST
        if wrong.any():
            place = int(wrong.argmax())
            row = int(np.searchsorted(chunk.indptr, place, side="right")) - 1
            name, key = names[chunk.indices[place]], str(records.ids[begin + row])
            raise _too_large(records, chunk.data[place], name, key)
        begin += chunk.shape[0]


def _too_large(records: Records, cell: object, name: str, key: str) -> MmcoreError:
    return MmcoreError(
        f"'{records.source}' has {shown(cell)} in column '{name}', row '{key}'; expected a finite number"
        f" of at most {LARGEST:g}, or an empty cell; change the unit, correct the cell, or exclude the"
        f" column with columns: ['*', '!{name}']"
    )


def texts(cells: pd.Series) -> pd.Series:
    """Return the categories of cells as texts; 2.0, in a column with missing cells, equals 2."""
    known = cells.dropna()
    if is_numeric(known):
        number = known.astype(np.float64)
        whole = number == number.round()
        return number.astype(str).where(~whole, number.where(whole, 0).astype(np.int64).astype(str))
    return known.astype(str).str.strip()


def words(numbers: Sequence[float], parse: ColumnParse) -> list[str]:
    """Return numbers as categories, with the decimal mark of the column."""
    return [text.replace(".", parse.decimal) for text in texts(pd.Series(list(numbers)))]


def _text(cell: object) -> str | None:
    is_number = isinstance(cell, int | float) and not isinstance(cell, bool)
    return str(cell) if is_number or isinstance(cell, str) else None


def _checked(cells: pd.Series, records: Records, parse: ColumnParse) -> np.ndarray:
    checked = values(cells, parse)
    wrong = np.isnan(checked) & cells.notna().to_numpy()
    if wrong.any():
        row = int(wrong.argmax())
        what = "numeric column" if parse.form == "number" else f"column of the form '{parse.form}',"
        raise MmcoreError(
            f"'{records.source}' has '{shown(cells.iloc[row])}' in the {what} '{cells.name}', row"
            f" '{records.ids[cells.index[row]]}'; correct or empty the cell, add its value to 'missing' of"
            f" the study, or declare the column under 'types' as categorical{_other_mark(cells, row, parse)}"
        )
    return checked


def _other_mark(cells: pd.Series, row: int, parse: ColumnParse) -> str:
    other = parse.model_copy(
        update={"decimal": "." if parse.decimal == "," else ",", "thousands": ""}
    )
    if parse.form != "number" or np.isnan(values(cells.iloc[[row]], other)[0]):
        return ""
    return f"; the decimal mark of the column is '{parse.decimal}': convert cells with '{other.decimal}'"
