"""A matrix, dense or sparse, with names of its rows and columns."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, final

import numpy as np
import pandas as pd

from mmcore.data.tables.records import Table, levels_of, plain_columns
from mmcore.data.tables.sparse import compact

__all__ = ["CELLS", "MatrixTable"]

CELLS = 1 << 22
"""Number of cells that are made dense at once."""


@final
class MatrixTable(Table):
    """A matrix of which some rows at a time become dense; the other columns are in memory.

    Arguments:
        matrix: (N, C), an array or a sparse array of scipy in CSR.
        names: of its columns.
        others: further columns, such as ids, which come first.
        uniform: whether the columns of the matrix are measurements of one kind.

    Raises:
        ValueError: the matrix has other numbers of rows or columns.
    """

    def __init__(
        self, matrix: Any, names: Sequence[str], others: pd.DataFrame, uniform: bool = False
    ) -> None:
        if matrix.shape != (len(others), len(names)):
            raise ValueError(
                f"a matrix of the shape {matrix.shape} has {len(others)} names of rows and {len(names)} of"
                " columns"
            )
        self._matrix = matrix if isinstance(matrix, np.ndarray) else compact(matrix)
        self._others = plain_columns(others).reset_index(drop=True)
        self._categories = levels_of(others)
        self._places = {name: place for place, name in enumerate(names)}
        self._uniform = frozenset(names if uniform else ())

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all columns."""
        return (*map(str, self._others.columns), *self._places)

    def __len__(self) -> int:
        """Return the number of rows."""
        return int(self._matrix.shape[0])

    def frames(self, columns: Sequence[str], text: Sequence[str] = ()) -> Iterator[pd.DataFrame]:
        """Yield at most `CELLS` cells at a time."""
        inner = [name for name in columns if name in self._places]
        places = np.array([self._places[name] for name in inner], dtype=np.intp)
        others = self._others[[name for name in columns if name not in self._places]]
        is_whole = self._is_whole(places.tolist())
        size = max(1, CELLS // max(len(columns), 1))
        for begin in range(0, len(self), size):
            rows = self._matrix[begin : begin + size]
            cells = rows if is_whole else rows[:, places]
            dense = cells if isinstance(cells, np.ndarray) else cells.toarray()
            part = others.iloc[begin : begin + size].reset_index(drop=True)
            frame = pd.concat([part, pd.DataFrame(dense, columns=inner)], axis=1)
            yield frame if list(frame) == list(columns) else frame[list(columns)]

    @property
    def uniform(self) -> frozenset[str]:
        """The columns of the matrix, if they are measurements of one kind."""
        return self._uniform

    @property
    def categories(self) -> Mapping[str, tuple[str, ...]]:
        """The other columns that have the type of categories."""
        return self._categories

    def sparse(self, columns: Sequence[str]) -> Any:
        """Return columns of the matrix, if it is sparse."""
        if isinstance(self._matrix, np.ndarray) or not columns or not self._has(columns):
            return None
        places = [self._places[name] for name in columns]
        return self._matrix if self._is_whole(places) else self._matrix[:, places]

    def _has(self, columns: Sequence[str]) -> bool:
        return all(name in self._places for name in columns)

    def _is_whole(self, places: Sequence[int]) -> bool:
        return list(places) == list(range(len(self._places)))
