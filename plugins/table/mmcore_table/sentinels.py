"""Numbers such as -999 that may mark missing cells: repeated, and far from the others of their column."""

from collections.abc import Iterator, Sequence

import numpy as np
from torch import Tensor

from mmcore.data.tables import SparseRows, Values
from mmcore_table.settings import Column
from mmcore_table.writing import written

__all__ = ["possible_marks"]

LEAST, OTHERS, NAMED = 3, 3, 3
"""Cells that have the value, other values of the column, and columns that are named."""
LARGE = 2.0**24
"""The largest number up to which float32 has each whole one."""
MARKS, LEAST_GAP = (9, 88, 99, 888, 999, 9999), 2.0
"""Usual marks beside levels, beside negative ones, and their least distance from the next level."""


def possible_marks(columns: Sequence[Column], values: Values) -> list[str]:
    """Return a remark on each value that may mark missing cells, with its columns.

    It is the least or largest value of a column, occurs in `LEAST` cells, and is at least as far from the
    next value as the others are from each other; among levels, it is negative, or 9, 99 and so on.

    Shapes:
        values: (N, C), as `TableReader.read` returns them.
    """
    if isinstance(values, SparseRows):
        return []  # a zero that is not stored is a count
    found: dict[str, dict[str, int]] = {}
    for place, column in enumerate(columns):
        if column.kind not in ("binary", "categorical"):
            cells = values[:, place].numpy() if isinstance(values, Tensor) else values.column(place)
            for value, count in _far_ends(cells.astype(np.float64), column):
                found.setdefault(_text(value, column), {})[column.name] = count
    return [_remark(text, counts) for text, counts in found.items()]


def _far_ends(cells: np.ndarray, column: Column) -> Iterator[tuple[float, int]]:
    """Yield the ends of a column that may be marks, as the model has them, with the number of their cells."""
    own, counts = np.unique(cells[~np.isnan(cells)], return_counts=True)
    # Beside a mark, float32 cannot distinguish large numbers, such as seconds since 1970.
    if len(own) <= OTHERS and not (len(own) > 1 and np.abs(own).max() > LARGE):
        return
    numbers = _numbers(own, column)
    for end, others in ((0, slice(1, None)), (-1, slice(None, -1))):
        rest = numbers[others]
        if counts[end] >= LEAST and _is_far(numbers[end], rest, column):
            yield float(own[end]), int(counts[end])


def _is_far(value: float, rest: np.ndarray, column: Column) -> bool:
    gap = float(np.abs(rest - value).min())
    if column.kind == "ordered":  # doses such as 0, 1, 10, 100 are far from each other
        return gap >= LEAST_GAP and (value in MARKS or value < 0 <= rest.min())
    return gap >= np.ptp(rest)


def _numbers(own: np.ndarray, column: Column) -> np.ndarray:
    """Return the numbers of levels, or of logarithms; the others, and levels that are words, as they are."""
    if column.is_log:
        return np.exp(own)
    if column.kind != "ordered":
        return own
    try:
        return np.array([float(column.categories[int(place)]) for place in own])
    except ValueError:
        return own


def _text(value: float, column: Column) -> str:
    cell = written(np.array([value]), column)[0]
    return f"{cell:.7g}" if isinstance(cell, float) else str(cell)


def _remark(text: str, counts: dict[str, int]) -> str:
    listed = ", ".join(f"'{name}' {count}" for name, count in list(counts.items())[:NAMED])
    more = f" and {len(counts) - NAMED} more columns" if len(counts) > NAMED else ""
    return (
        f"{sum(counts.values())} cells are {text}, far from the others of their column ({listed}{more}); if"
        f" they are missing, empty them, or write missing: ['{text}'] if no other cell has this value"
    )
