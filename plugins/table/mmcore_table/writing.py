"""Cells of one column as the model has them, and as a file has them."""

import numpy as np
import pandas as pd

from mmcore.data.tables.parsing import from_days, is_time, shown_number
from mmcore.data.tables.parsing.numerals import are_codes
from mmcore.data.tables.spelling import plainly
from mmcore_table.cells import is_numeric, texts, values
from mmcore_table.settings import Column


def categories_of(cells: pd.Series, column: Column) -> np.ndarray:
    """Return the index of the category of each cell, -1 if it is missing or unknown.

    Where the text of a cell is no category, its number may be one: 1 is 1.0, and 007 is not 7.
    """
    if column.parse.form == "number":
        return _by_number(cells, column)
    known = texts(cells)
    places = pd.Series(pd.Index(column.categories).get_indexer(known), index=known.index)
    places = places.reindex(cells.index, fill_value=-1)
    lost = (places < 0) & cells.notna()
    if lost.any() and not are_codes(column.categories):
        places[lost] = _by_number(cells[lost], column)
    return places.to_numpy(copy=True)


def respelled_of(cells: pd.Series, column: Column) -> np.ndarray:
    """Return the index of the only category that looks like each cell, as yes for Yes, else -1."""
    plain = pd.Series([plainly(text) for text in column.categories])
    only = plain[~plain.duplicated(keep=False)]
    places = pd.Index(only).get_indexer(pd.Index([plainly(str(cell)) for cell in cells]))
    return np.where(places < 0, -1, only.index.to_numpy()[places.clip(0)]) if len(only) else places


def _by_number(cells: pd.Series, column: Column) -> np.ndarray:
    parse = column.parse.model_copy(update={"form": "number"})
    numbers = values(pd.Series(column.categories, dtype="str"), parse)
    if np.isnan(numbers).any() or len(set(numbers.tolist())) < len(numbers):
        return np.full(len(cells), -1)
    own = values(cells, parse)
    return np.where(np.isnan(own), -1, pd.Index(numbers).get_indexer(own))


def written(cells: np.ndarray, column: Column) -> np.ndarray:
    """Return values of the model as cells of a file."""
    if column.is_coded:
        missing = np.isnan(cells)
        places = np.where(missing, 0, cells).round().clip(0, len(column.categories) - 1)
        words = np.array(column.categories, dtype=object)[places.astype(int)]
        return np.where(missing, None, words)
    numbers = np.exp(cells) if column.is_log else cells + column.offset
    form = column.parse.form
    if form == "number":
        return numbers
    if form in ("date", "duration"):
        return from_days(numbers, column.parse)
    shown = [None if np.isnan(x) else shown_number(x, column.parse) for x in numbers]
    return np.array(shown, dtype=object)


def copied(cells: pd.Series, column: Column) -> np.ndarray:
    """Return cells of a file as they are, in the type of `written`."""
    if column.is_plain:
        return values(cells, column.parse)
    if column.parse.form in ("date", "duration"):
        if (is_time(cells) is None) != bool(column.parse.layout):  # the new file has another type
            return from_days(values(cells, column.parse), column.parse)
        if not column.parse.layout:
            return cells.to_numpy()
    missing = cells.isna().to_numpy()
    if is_numeric(cells):
        known = texts(cells).reindex(cells.index)
        return np.where(missing, None, known.astype(object).to_numpy())
    return np.where(missing, None, cells.astype(object).map(_text, na_action="ignore").to_numpy())


def _text(cell: object) -> str:
    return cell if isinstance(cell, str) else str(cell)
