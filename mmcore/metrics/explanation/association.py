"""Association of numbers with numbers or with words, by ranks, and the correction of many tests."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control, kruskal, spearmanr

__all__ = ["FALSE_DISCOVERIES", "Association", "adjusted", "association"]

FALSE_DISCOVERIES = 0.05
"""Expected share of false discoveries among the associations that are marked."""
LEAST = 5


@dataclass(frozen=True, slots=True)
class Association:
    """The association of two columns.

    Arguments:
        size: from -1 to 1 for numbers, from 0 to 1 for words.
        p: probability of an association at least as large between independent columns.
        rows: number of rows in which both are known.
        has_sign: whether it is that of numbers, which may be negative.
    """

    size: float
    p: float
    rows: int
    has_sign: bool


def association(numbers: np.ndarray, column: pd.Series) -> Association | None:
    r"""Return the association of numbers with a column of numbers or of words.

    For numbers it is the rank correlation of Spearman. For words it is :math:`\sqrt{H / (n - 1)}` with
    the statistic H of Kruskal and Wallis, the share of the variance of ranks between the words under the
    root; for two words it is the absolute rank correlation with them.

    None if there are fewer than five rows, or one of the columns is constant.

    Arguments:
        numbers: (N,).
        column: (N,), float64, or words; missing cells do not count.
    """
    known = column.notna().to_numpy()
    numbers, column = numbers[known], column[known]
    if len(column) < LEAST or column.nunique() < 2 or len(np.unique(numbers)) < 2:
        return None
    if column.dtype.kind in "fiu":
        result = spearmanr(numbers, column.to_numpy())
        return Association(float(result.statistic), float(result.pvalue), len(column), True)
    groups = [numbers[rows] for rows in column.groupby(column).indices.values()]
    result = kruskal(*groups)
    size = (max(float(result.statistic), 0.0) / (len(column) - 1)) ** 0.5
    return Association(size, float(result.pvalue), len(column), False)


def adjusted(
    associations: dict[tuple[str, str], Association | None],
) -> dict[tuple[str, str], float]:
    """Return the p-values adjusted by Benjamini and Hochberg, of those that are known."""
    known = {key: one.p for key, one in associations.items() if one is not None}
    if not known:
        return {}
    return dict(zip(known, false_discovery_control(list(known.values())).tolist(), strict=True))
