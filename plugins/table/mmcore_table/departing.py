"""Columns whose numbers depart from those of the training records, such as numbers in another unit."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from mmcore_table.settings import COUNTS, Column

FAR, VERY_FAR = 3.0, 10.0
"""Distances from the mean of the training records, in standard deviations."""
ENOUGH = 5
"""Cells of a column of which most are far; most of fewer cells must be very far."""
LEAST_LOG_SCALE = 0.3
"""Smallest scale of log counts: genes that are rare in training records have a deviation near 0."""
AT_ONCE = 1 << 20
"""Cells that are compared at once."""
NAMED = 3


class Departures:
    """The cells of each column that are far from the training records, added up over pieces of rows.

    A column departs if most of its cells are `FAR`, or, of fewer than `ENOUGH` cells, `VERY_FAR`. At most a
    ninth of the training cells themselves is `FAR` (Chebyshev's inequality).

    Arguments:
        columns: the columns of numbers.
    """

    def __init__(self, columns: Sequence[Column]) -> None:
        self._columns = columns
        self._is_count = np.array([c.kind in COUNTS for c in columns], dtype=bool)
        scale = np.array([c.scale for c in columns])
        self._loc = np.array([c.loc for c in columns])
        self._scale = np.where(self._is_count, np.maximum(scale, LEAST_LOG_SCALE), scale)
        self._shift = np.array([max(map(abs, c.shifts), default=0.0) for c in columns])
        self._count = np.zeros(len(columns))
        self._far = np.zeros((2, len(columns)))

    def add(self, cells: np.ndarray) -> None:
        """Add (B, C) values, NaN where missing."""
        every, size = np.arange(cells.shape[1]), max(1, AT_ONCE // max(1, cells.shape[1]))
        for begin in range(0, len(cells), size):
            some = cells[begin : begin + size]
            distance = self._distance(some, every)
            self._count += (~np.isnan(some)).sum(0)
            self._far += np.stack([(distance > bound).sum(0) for bound in (FAR, VERY_FAR)])

    def add_sparse(self, rows: Any) -> None:
        """Add rows of a sparse matrix, in which a cell without an entry is 0."""
        every, size = np.arange(rows.shape[1]), rows.shape[1]
        entries = np.bincount(rows.indices, minlength=size)
        missing = np.bincount(rows.indices[np.isnan(rows.data)], minlength=size)
        self._count += rows.shape[0] - missing
        at_zero = self._distance(np.zeros((1, size)), every)[0]
        distance = self._distance(rows.data.astype(np.float64), rows.indices)
        for place, bound in enumerate((FAR, VERY_FAR)):
            self._far[place] += np.bincount(rows.indices[distance > bound], minlength=size)
            self._far[place] += (rows.shape[0] - entries) * (at_zero > bound)

    @property
    def names(self) -> list[str]:
        """The columns that depart."""
        share = self._far / np.maximum(self._count, 1)
        departs = np.where(self._count >= ENOUGH, share[0], share[1]) > 0.5
        return [c.name for c, own in zip(self._columns, departs, strict=True) if own]

    def notes(self) -> tuple[str, ...]:
        """Return a sentence on the columns that depart, or none."""
        names = [f"'{name}'" for name in self.names]
        if not names:
            return ()
        columns = "column is" if len(self._columns) == 1 else "columns are"
        which = f"{len(names)} of {len(self._columns)} {columns}"
        shown = ", ".join(names[:NAMED]) + (", .." if len(names) > NAMED else "")
        return (
            f"the numbers of {which} far from those of the training records:"
            f" {shown}; if they have another unit, or are logarithms, convert them",
        )

    def _distance(self, cells: np.ndarray, places: np.ndarray) -> np.ndarray:
        logs = np.log1p(np.clip(cells, 0, None))
        values = np.where(self._is_count[places], logs, cells)
        gap = np.abs(values - self._loc[places]) - self._shift[places]
        return np.asarray(gap / self._scale[places])
