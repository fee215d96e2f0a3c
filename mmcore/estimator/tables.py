"""Data in memory as the tables of a study, with an id in every row."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mmcore.data.tables import PATH, FrameTable, OpenedTable, Table
from mmcore.data.tables.formats.matrix import MatrixTable
from mmcore.errors import MmcoreError

__all__ = ["ID", "InputTables", "as_frame", "joined", "numbered"]

ID = "(id)"
"""The id column of tables in memory."""
VALUE = "value"
"""The one column of texts and of numbers that are given without a name."""


@dataclass(frozen=True, slots=True)
class InputTables:
    """Tables in memory and the rows of their outer join.

    Arguments:
        frames: by table, cells, with names of columns as text and ids as the index.
        index: labels of the rows of a result, in order.
        ids: the ids of these rows.
        uniform: the tables whose columns are measurements of one kind, such as counts of genes.
    """

    frames: Mapping[str, pd.DataFrame]
    index: pd.Index
    ids: pd.Index
    uniform: frozenset[str] = frozenset()

    @property
    def opened(self) -> dict[str, OpenedTable]:
        """The tables as those of files, with the column `ID`."""
        return {
            name: OpenedTable(_table(frame, name in self.uniform))
            for name, frame in self.frames.items()
        }


def _table(frame: pd.DataFrame, is_uniform: bool) -> Table:
    if not is_uniform:
        return FrameTable(frame.reset_index(names=ID))
    is_sparse = set(map(type, frame.dtypes)) == {pd.SparseDtype}
    cells = frame.sparse.to_coo() if is_sparse else frame.to_numpy()
    return MatrixTable(cells, list(frame.columns), pd.DataFrame({ID: frame.index}), uniform=True)


def numbered(name: str, frame: pd.DataFrame) -> InputTables:
    """Return one table whose ids are the numbers of its rows; labels of its index may repeat."""
    width = len(str(len(frame)))
    ids = pd.Index([f"{row:0{width}d}" for row in range(len(frame))], dtype=object)
    return InputTables({name: _named(name, frame).set_axis(ids, axis=0)}, frame.index, ids)


def joined(frames: Mapping[str, pd.DataFrame]) -> InputTables:
    """Return tables whose ids are the labels of their indices, joined in the order of first appearance.

    Raises:
        MmcoreError: a table has the same label, or the same text of labels, in two rows.
    """
    named = {name: _named(name, frame) for name, frame in frames.items()}
    labels: dict[str, Any] = {}
    for name, frame in named.items():
        ids = [str(label) for label in frame.index]
        index = pd.Index(ids, dtype=object)
        if index.has_duplicates:
            raise MmcoreError(
                f"the table '{name}' has the id '{index[index.duplicated()][0]}' in more than one row;"
                " keep one row for each id, as tables are joined by their index"
            )
        for key, label in zip(ids, frame.index, strict=True):
            labels.setdefault(key, label)
        named[name] = frame.set_axis(index, axis=0)
    rows = pd.Index(list(labels.values()))
    return InputTables(named, rows, pd.Index(list(labels), dtype=object))


def as_frame(name: str, value: Any) -> pd.DataFrame:
    """Return a value of a dict of tables as a data frame; ids are its index, keys or row numbers.

    Arguments:
        name: of the table, for messages.
        value: a data frame, a series, an array, a list, or a mapping from ids to cells.

    Raises:
        MmcoreError: the value is nothing of these.
    """
    if isinstance(value, pd.DataFrame):
        return value
    if isinstance(value, np.ndarray) and value.ndim == 2:
        return pd.DataFrame(value, columns=numbered_names(value.shape[1]))
    if isinstance(value, Mapping):
        return _column(pd.Series(dict(value), dtype=None if value else object))
    if isinstance(value, pd.Series):
        return _column(value)
    if isinstance(value, Sequence | np.ndarray) and not isinstance(value, str) and np.ndim(value):
        return _column(pd.Series(list(value)))
    raise MmcoreError(
        f"the table '{name}' is of type {type(value).__name__}, expected a DataFrame, a Series, a"
        " two-dimensional array, a list of texts or paths, or a dict from ids to them"
    )


def numbered_names(columns: int) -> list[str]:
    """Return names of columns as scikit-learn numbers them: x0, x1, ..."""
    return [f"x{number}" for number in range(columns)]


def _column(cells: pd.Series) -> pd.DataFrame:
    known = [cell for cell in cells if isinstance(cell, str | Path)]
    if known and all(isinstance(cell, Path) or os.path.isfile(cell) for cell in known):
        texts = cells.map(lambda cell: str(cell) if isinstance(cell, str | Path) else None)
        return texts.rename(PATH).to_frame()
    return cells.rename(VALUE if cells.name is None else cells.name).to_frame()


def _named(table: str, frame: pd.DataFrame) -> pd.DataFrame:
    names = pd.Index([str(name) for name in frame.columns], dtype=object)
    if names.has_duplicates or ID in names:
        wrong = ID if ID in names else names[names.duplicated()][0]
        raise MmcoreError(
            f"the table '{table}' has the column '{wrong}' "
            + ("more than once; rename one of them" if wrong != ID else "; rename it")
        )
    return frame.set_axis(names, axis=1)
