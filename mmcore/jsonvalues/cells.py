"""Rows of tables in JSON: objects with the cells by column."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, final

import numpy as np
import pandas as pd
from pydantic import Field
from torch import Tensor

from mmcore.data.tables import FrameTable, Reader, Reading, Records
from mmcore.errors import MmcoreError, nearest
from mmcore.jsonvalues.base import ValueForm, object_type, strictly

__all__ = ["CellsForm", "cells_of", "plain_cells"]

SOURCE = "the request"
"""The place of the cells in messages."""
FIRST = 5
"""Columns that a message names."""
MOST_NAMED = 200
"""The most columns that the schema names."""

Cell: Any = strictly(
    float | int | str | None, float, int, str, type(None), words="a number, a text or null"
)


@final
@dataclass(frozen=True, slots=True)
class CellsForm(ValueForm):
    """The cells of one row of a table, as its reader reads and writes them; a missing cell is null.

    Arguments:
        name: of the modality, for messages.
        reader: with fitted settings.
        categories: the categories of each column that has some, in the order of their indices.
    """

    kind: ClassVar[Literal["cells"]] = "cells"
    name: str
    reader: Reader
    categories: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of a value: those of the model, and those that are only copied."""
        return (*self.reader.columns(), *self.reader.left_out())

    @property
    def json_type(self) -> Any:
        """An object with a number, a text or null for each column; missing ones can be left out."""
        if len(self.columns) > MOST_NAMED:
            about = f"cells by column, such as {', '.join(self.columns[:FIRST])}; a missing cell is null"
            return Annotated[dict[str, Cell], Field(description=about)]
        return object_type(self.name, {column: self._cell(column) for column in self.columns})

    def read(self, values: Sequence[Any], ids: pd.Index) -> Reading:
        """Return the cells as the reader reads those of a file."""
        return self.reader.read(self.records(values, ids))

    def write(self, values: Tensor) -> list[dict[str, Any]]:
        """Return the cells in the units and words of the files."""
        columns = {name: plain_cells(cells) for name, cells in self.reader.write(values).items()}
        return [{name: cells[row] for name, cells in columns.items()} for row in range(len(values))]

    def is_missing(self, value: Any) -> bool:
        """Return whether a row has no cell."""
        return value is None or all(cell is None for cell in value.values())

    def records(self, values: Sequence[Any], ids: pd.Index) -> Records:
        """Return the cells by column, with missing cells for columns that a row lacks.

        Raises:
            MmcoreError: a row has another column.
        """
        known = set(self.columns)
        for row, key in zip(values, ids, strict=True):
            for column in row:
                if column not in known:
                    raise MmcoreError(
                        f"'{self.name}' of record '{key}' has no column '{column}', its columns begin with"
                        f" {', '.join(self.columns[:FIRST])}{nearest(column, known)}"
                    )
        columns = {c: _column([row.get(c) for row in values]) for c in self.columns}
        return cells_of(self.name, pd.DataFrame(columns), ids)

    def _cell(self, column: str) -> Any:
        words = self.categories.get(column)
        if words is None:
            return Cell
        return Annotated[Cell, Field(description=f"one of {', '.join(words)}")]


def cells_of(name: str, frame: pd.DataFrame, ids: pd.Index) -> Records:
    """Return a table in memory as the records of a modality; its cells name no files."""

    def refuse(cell: str) -> Path:
        raise MmcoreError(
            f"'{name}' has '{cell[:20]}', expected a value and not the path of a file, which is not read"
        )

    return Records(
        modality=name,
        ids=ids,
        names=tuple(frame.columns),
        table=FrameTable(frame),
        resolve=refuse,
        source=SOURCE,
    )


def plain_cells(cells: np.ndarray) -> list[Any]:
    """Return a column as numbers and texts of Python, None where a cell is missing."""
    missing = pd.isna(cells)
    return [
        None if gone else _plain(cell) for cell, gone in zip(cells.tolist(), missing, strict=True)
    ]


def _plain(cell: Any) -> Any:
    return cell if isinstance(cell, bool | int | float | str) else str(cell)


def _column(cells: list[Any]) -> pd.Series:
    """Return a column of floats if every cell is a number, so that its decimal mark is not parsed."""
    if all(cell is None or isinstance(cell, int | float) for cell in cells):
        return pd.Series(cells, dtype=np.float64)
    return pd.Series([None if cell is None else str(cell) for cell in cells], dtype="str")
