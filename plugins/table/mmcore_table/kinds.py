"""The kind of a column of numbers, inferred from its training records and from the columns beside it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mmcore_table.moments import FEW, Moments
from mmcore_table.settings import CountsBy, Kind

HEAVY_TAILS = 20.0
"""Excess kurtosis above which a column has a Student-t likelihood."""
LEAST_SPREAD = 100
"""Counts have a standard deviation of more than a hundredth of their mean."""
INFLATED = 0.1
"""Share of zeros, beyond that of a negative binomial, from which a column is zero-inflated."""
LEAST_COLUMNS, MOST_OTHERS, LEAST_HIGHEST = 20, 0.1, 3
"""See `is_table_of_counts`."""


@dataclass(frozen=True, slots=True)
class Kinds:
    """The kinds of columns of numbers.

    Arguments:
        kinds: of each column.
        counted: why columns of few values are counts and not levels; empty if they are levels.
        by_density: columns of whole numbers that are real by their held-out density.
    """

    kinds: Sequence[Kind]
    counted: CountsBy = ""
    by_density: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Numbers:
    """The moments of one column."""

    mean: float
    deviation: float
    tails: float
    low: float
    zeros: float
    whole: bool
    values: set[float] | None


def kinds_of(moments: Moments, plain: np.ndarray, uniform: bool) -> Kinds:
    """Return the kind of each column.

    Arguments:
        moments: of the columns.
        plain: which columns are undeclared and have plain numbers, (C,) bool.
        uniform: whether the columns are measurements of one kind; all of them are counts then, or none.
    """
    columns = _columns(moments)
    if uniform:
        counted = bool((moments.whole & (moments.low >= 0)).all())
        return Kinds(
            [(_count if counted else _real)(column) for column in columns],
            "matrix" if counted else "",
        )
    kinds = [
        (_own if known else _real)(column) for column, known in zip(columns, plain, strict=True)
    ]
    if is_scale(moments, plain):
        many = [values is None for values in moments.values]
        return Kinds(
            [_real(c) if m else kind for c, kind, m in zip(columns, kinds, many, strict=True)]
        )
    if not is_table_of_counts(moments, plain):
        return Kinds(kinds)
    cells = zip(columns, kinds, _from_zero(moments, plain), strict=True)
    return Kinds([_count(c) if from_zero else kind for c, kind, from_zero in cells], "table")


def is_scale(moments: Moments, plain: np.ndarray) -> bool:
    """Return whether whole numbers from 0 are points of a scale with an end, such as gray levels.

    They are at least 20, and nine of ten undeclared columns, and more than half of them have the same largest
    value, with which counts would not agree.
    """
    own = _from_zero(moments, plain)
    if own.sum() < max(LEAST_COLUMNS, (1 - MOST_OTHERS) * plain.sum()):
        return False
    return bool(np.unique(moments.high[own], return_counts=True)[1].max() > own.sum() / 2)


def is_table_of_counts(moments: Moments, plain: np.ndarray) -> bool:
    """Return whether all columns of whole numbers from 0 are counts, those of few values as well.

    They are at least 20, and nine of ten undeclared columns, and have more than seven different largest
    values; those among them with few values have three or more. So a questionnaire, a table of yes and
    no, or of genotypes 0, 1 and 2 is no table of counts.
    """
    own = _from_zero(moments, plain)
    few = own & np.array([values is not None for values in moments.values])
    if own.sum() < max(LEAST_COLUMNS, (1 - MOST_OTHERS) * plain.sum()):
        return False
    varied = len(np.unique(moments.high[own])) > FEW
    return varied and len(np.unique(moments.high[few])) >= LEAST_HIGHEST


def _from_zero(moments: Moments, plain: np.ndarray) -> np.ndarray:
    """Return which undeclared columns contain whole numbers, of which 0 is the smallest."""
    return plain & moments.whole & (moments.low == 0)


def _columns(moments: Moments) -> list[_Numbers]:
    mean, deviation, tails = moments.centered()
    zeros = moments.zeros / np.maximum(moments.count, 1)
    arrays = (mean, deviation, tails, moments.low, zeros, moments.whole)
    cells = zip(*(array.tolist() for array in arrays), moments.values, strict=True)
    return [_Numbers(*column) for column in cells]


def _own(column: _Numbers) -> Kind:
    """Return the kind of a column by its own values."""
    values, mean = column.values, column.mean
    if values is not None and len(values) == 2:
        return "binary"
    if column.whole and values is not None and 3 <= len(values) <= FEW:
        return "ordered"
    spread = column.deviation**2 > mean > 0 and column.deviation * LEAST_SPREAD > mean
    return _count(column) if column.whole and column.low >= 0 and spread else _real(column)


def _real(column: _Numbers) -> Kind:
    return "student" if column.tails > HEAVY_TAILS else "real"


def _count(column: _Numbers) -> Kind:
    mean, variance = column.mean, column.deviation**2
    if not variance > mean > 0:
        return "count"
    dispersion = mean**2 / (variance - mean)
    expected = (dispersion / (dispersion + mean)) ** dispersion
    return "zero-inflated" if column.zeros > expected + INFLATED else "count"
