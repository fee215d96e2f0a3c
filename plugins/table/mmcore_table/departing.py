"""Cells that depart from those of the training records: of another unit, or impossible in their column."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from mmcore.data.tables import Counted
from mmcore_table.settings import COUNTS, Column

OTHER, FAR, VERY_FAR, EXTREME = BOUNDS = 1e-5, 3.0, 10.0, 100.0
"""Distances from the mean of the training records, in standard deviations; `OTHER` than a constant."""
ENOUGH = 5
"""Cells of a column of which most are far; most of fewer cells must be very far."""
LEAST_LOG_SCALE = 0.3
"""Smallest scale of log counts: genes that are rare in training records have a deviation near 0."""
AT_ONCE = 1 << 20
"""Cells that are compared at once."""
NAMED = 3
LOST, RESPELLED, KNOWN, DISTANT = 0, 1, 2, slice(3, None)
"""Rows of the counts: cells that count as missing, categories that are spelled otherwise, numbers, and
numbers beyond each of the `BOUNDS`."""
CHANGED, MOST_EXTREME = 3, -1


class Departures:
    """The cells of each column that depart from the training records, added up over pieces of rows.

    A column departs if most of its numbers are `FAR`, or, of fewer than `ENOUGH` numbers, `VERY_FAR`. At most
    a ninth of the training cells themselves is `FAR` (Chebyshev's inequality). In other columns of real
    numbers, those that are `EXTREME` are counted.

    Arguments:
        columns: all columns.

    Shapes:
        counts: (7, C), the rows of which are named above.
    """

    def __init__(self, columns: Sequence[Column]) -> None:
        self._columns = columns
        self._numeric = np.array([not c.is_coded for c in columns], dtype=bool)
        self._is_constant = np.array([c.is_constant for c in columns], dtype=bool)
        self._is_count = np.array([c.kind in COUNTS for c in columns], dtype=bool)
        scale = np.array([c.scale for c in columns])
        self._loc = np.array([c.loc for c in columns])
        self._scale = np.where(self._is_count, np.maximum(scale, LEAST_LOG_SCALE), scale)
        self._shift = np.array([max(map(abs, c.shifts), default=0.0) for c in columns])
        self.counts = np.zeros((3 + len(BOUNDS), len(columns)))

    def lose(self, place: int, count: int) -> None:
        """Count cells of a column that count as missing, because its kind cannot have them."""
        self.counts[LOST, place] += count

    def respell(self, place: int, count: int) -> None:
        """Count cells of a column that are a category of the training but for case, blanks or encoding."""
        self.counts[RESPELLED, place] += count

    def add(self, cells: np.ndarray) -> None:
        """Add the numbers of some rows, (B, C), NaN where missing, without the offsets of the columns."""
        places = self._numeric.nonzero()[0]
        size = max(1, AT_ONCE // max(1, len(places)))
        for begin in range(0, len(cells), size):
            some = cells[begin : begin + size, places]
            distance = self._distance(some, places)
            self.counts[KNOWN, places] += (~np.isnan(some)).sum(0)
            far = [(distance > bound).sum(0) for bound in BOUNDS]
            self.counts[DISTANT, places] += np.stack(far)

    def add_sparse(self, rows: Any, offsets: np.ndarray) -> None:
        """Add rows of a sparse matrix, in which a cell without an entry is 0, and all columns numbers."""
        every, size = np.arange(rows.shape[1]), rows.shape[1]
        entries = np.bincount(rows.indices, minlength=size)
        missing = np.bincount(rows.indices[np.isnan(rows.data)], minlength=size)
        self.counts[KNOWN] += rows.shape[0] - missing
        at_zero = self._distance(-offsets[None], every)[0]
        cells = rows.data.astype(np.float64) - offsets[rows.indices]
        distance, far = self._distance(cells, rows.indices), self.counts[DISTANT]
        for place, bound in enumerate(BOUNDS):
            far[place] += np.bincount(rows.indices[distance > bound], minlength=size)
            far[place] += (rows.shape[0] - entries) * (at_zero > bound)

    def recounted(self, parts: Callable[[], Iterator[np.ndarray]]) -> Iterator[np.ndarray]:
        """Yield the counts, from all parts if none of them was added."""
        if not self.counts.any():
            for _ in parts():
                pass
        yield self.counts

    @property
    def names(self) -> list[str]:
        """The columns that depart."""
        _, far, very_far, _ = self.counts[DISTANT] / np.maximum(self.counts[KNOWN], 1)
        departs = (np.where(self.counts[KNOWN] >= ENOUGH, far, very_far) > 0.5) & ~self._is_constant
        return [c.name for c, own in zip(self._columns, departs, strict=True) if own]

    def notes(self, rows: int) -> tuple[str | Counted, ...]:
        """Return sentences on cells of this number of rows that are lost, spelled otherwise, or far."""
        real = np.array([c.kind == "real" and c.name not in self.names for c in self._columns])
        return (
            *self._lost(rows),
            *self._some(RESPELLED, ~self._numeric, rows, _respelled),
            *self._some(CHANGED, self._is_constant, rows, _changed),
            *self._departing(),
            *self._some(MOST_EXTREME, real & ~self._is_constant, rows, _far_away),
        )

    def _lost(self, rows: int) -> Iterator[Counted]:
        lost: dict[str, list[int]] = {}
        for place in self.counts[LOST].nonzero()[0].tolist():
            lost.setdefault(_impossible(self._columns[place]), []).append(place)
        for why, places in lost.items():
            if len(places) <= NAMED:
                yield from (self._counted(LOST, place, rows, _sentence) for place in places)
                continue
            total = int(self.counts[LOST, places].sum())
            some = ", ".join(f"'{self._columns[place].name}'" for place in places[:NAMED])
            text = f"{why} in {len(places)} columns, such as {some}; they count as missing"
            yield Counted(total, rows * len(places), text)

    def _departing(self) -> Iterator[str]:
        names = [f"'{name}'" for name in self.names]
        if names:
            size = int(self._numeric.sum())
            which = f"{len(names)} of {size} {'column is' if size == 1 else 'columns are'}"
            shown = ", ".join(names[:NAMED]) + (", .." if len(names) > NAMED else "")
            yield (
                f"the numbers of {which} far from those of the training records:"
                f" {shown}; if they have another unit, or are logarithms, convert them"
            )

    def _some(
        self, row: int, which: np.ndarray, rows: int, text: Callable[[Column], str]
    ) -> list[Counted]:
        """Return a sentence on each of the first columns that have a count."""
        places = (which & (self.counts[row] > 0)).nonzero()[0]
        return [self._counted(row, place, rows, text) for place in places[:NAMED].tolist()]

    def _counted(self, row: int, place: int, rows: int, text: Callable[[Column], str]) -> Counted:
        return Counted(int(self.counts[row, place]), rows, text(self._columns[place]))

    def _distance(self, cells: np.ndarray, places: np.ndarray) -> np.ndarray:
        logs = np.log1p(np.clip(cells, 0, None))
        values = np.where(self._is_count[places], logs, cells)
        gap = np.abs(values - self._loc[places]) - self._shift[places]
        return np.asarray(gap / self._scale[places])


def _impossible(column: Column) -> str:
    """Return which cells of a column count as missing, for a note on many columns."""
    if column.is_log:
        return "cells of positive numbers are 0 or less"
    if column.kind in COUNTS:
        return "cells of counts are negative or no whole numbers"
    return "cells have other values than the training records"


def _sentence(column: Column) -> str:
    if column.is_log:
        return f"cells of column '{column.name}', which is positive, are 0 or less; they count as missing"
    if column.kind in COUNTS:
        return (
            f"cells of column '{column.name}', which has counts, are negative or no whole numbers; they"
            " count as missing"
        )
    return (
        f"cells of column '{column.name}' have other values than the training records, which have"
        f" {', '.join(column.categories[:5])}; they count as missing"
    )


def _far_away(column: Column) -> str:
    return (
        f"cells of column '{column.name}' are over {EXTREME:g} standard deviations from the mean of the"
        " training records, as in another unit; correct them"
    )


def _respelled(column: Column) -> str:
    return (
        f"cells of column '{column.name}' differ from a category of the training records by case, blanks or"
        " the encoding of letters alone, and are read as this category"
    )


def _changed(column: Column) -> str:
    return (
        f"cells of column '{column.name}' are not {column.loc + column.offset:g}, its one value in the"
        " training records, so that nothing is known of others"
    )
