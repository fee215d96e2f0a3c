"""Conversion of the values of modalities to tables, and imputed values in place of missing cells."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from mmcore.config import RecordsConfig
from mmcore.estimator.tables import InputTables

__all__ = ["filled_tables", "merged_tables", "with_names"]


def merged_tables(
    values: Mapping[str, pd.DataFrame], records: Mapping[str, RecordsConfig]
) -> dict[str, pd.DataFrame]:
    """Return the columns of all modalities of each table, by table."""
    parts: dict[str, list[pd.DataFrame]] = {}
    for name, frame in values.items():
        parts.setdefault(str(records[name].file), []).append(frame)
    return {table: _without_twins(pd.concat(frames, axis=1)) for table, frames in parts.items()}


def filled_tables(
    tables: InputTables, guesses: Mapping[str, pd.DataFrame]
) -> dict[str, pd.DataFrame]:
    """Return whole tables: the cells of ``tables`` as they are, and guesses for the missing ones.

    Columns without a guess, which no modality has, keep their missing cells; tables without one, such
    as those of paths, are left out unless they are given.
    """
    filled = {}
    for name in dict.fromkeys((*tables.frames, *guesses)):
        own = tables.frames.get(name, pd.DataFrame(index=tables.ids)).reindex(tables.ids)
        guess = with_names(guesses.get(name, pd.DataFrame(index=tables.ids)), list(own.columns))
        columns = {n: _filled(own[n], guess[n]) if n in guess else own[n] for n in own}
        others = {n: guess[n] for n in guess if n not in own}
        filled[name] = pd.DataFrame({**columns, **others}, index=tables.ids)
    return filled


def _filled(cells: pd.Series, guess: pd.Series) -> pd.Series:
    missing = cells.isna().to_numpy()
    if not missing.any():
        return cells
    words = guess[missing]
    if isinstance(cells.dtype, pd.CategoricalDtype):
        known = {str(level): level for level in cells.cat.categories}
        chosen = [known.get(str(word), word) for word in words]
        new = [word for word in dict.fromkeys(chosen) if word not in cells.cat.categories]
        return _replaced(cells.cat.add_categories(new), missing, chosen)
    if pd.api.types.is_numeric_dtype(words):
        return _replaced(cells, missing, words.tolist())
    # Categories are texts to the model.
    if pd.api.types.is_numeric_dtype(cells) and not pd.api.types.is_bool_dtype(cells):
        return _replaced(cells, missing, pd.to_numeric(words).tolist())
    known = {str(cell): cell for cell in cells.dropna().unique()}
    return _replaced(cells, missing, [known.get(word, word) for word in words])


def _replaced(cells: pd.Series, missing: np.ndarray, values: list[object]) -> pd.Series:
    if pd.api.types.is_integer_dtype(cells):
        cells = cells.astype(np.float64)
    whole = cells.copy()
    whole.iloc[np.flatnonzero(missing)] = values
    return whole


def with_names(frame: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Return a table whose only column, such as a text, has the name of the only one of ``columns``."""
    if len(frame.columns) == len(columns) == 1:
        return frame.set_axis(list(columns), axis=1)
    return frame


def _without_twins(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the first of columns that two modalities have."""
    return frame.loc[:, ~frame.columns.duplicated()]
