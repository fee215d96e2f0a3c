"""Standard errors of numbers that are computed from samples."""

from collections.abc import Callable, Mapping, Sequence
from math import nan

import torch
from torch import Tensor

from mmcore.noise import derived_seed

__all__ = [
    "GROUPS",
    "REPEATS",
    "bootstrap_error",
    "bootstrap_errors",
    "jackknife_error",
    "ratio_error",
    "share_error",
    "share_errors",
    "share_interval",
]

GROUPS = 10
"""Groups of a jackknife."""
REPEATS = 50
"""The error of the error is then 10 %."""


def share_error(share: float, rows: int) -> float:
    """Return the standard error of a share of some rows, the limit of a bootstrap of many repeats.

    Example:
        >>> share_error(0.5, 100)
        0.05
    """
    return float((share * (1 - share) / rows) ** 0.5)


def share_interval(share: float, rows: int) -> tuple[float, float]:
    """Return the 95 % interval of a share of some rows (Wilson 1927).

    Example:
        >>> low, high = share_interval(31 / 36, 36)
        >>> f"{low:.3f} {high:.3f}"
        '0.713 0.939'
    """
    from scipy.stats import (
        binomtest,  # takes half a second to import, as does prediction as a whole
    )

    interval = binomtest(round(share * rows), rows).proportion_ci(method="wilson")
    return float(interval.low), float(interval.high)


def share_errors(
    shares: Mapping[str, Sequence[float | None]], rows: int
) -> dict[str, tuple[float | None, ...]]:
    """Return the standard errors of the shares in the rows of a table, each over ``rows`` samples."""
    return {
        name: tuple(None if share is None else share_error(share, rows) for share in values)
        for name, values in shares.items()
    }


def bootstrap_error(statistic: Callable[[Tensor], float], rows: int, seed: int = 0) -> float:
    """Return the standard deviation of a statistic over bootstrap samples; NaN if it is not finite.

    Arguments:
        statistic: a function of the indices of the rows, (N,), of a bootstrap sample.
        rows: N.
        seed: of the samples.

    References:
        Efron (1979), "Bootstrap Methods: Another Look at the Jackknife".
    """
    (error,) = bootstrap_errors(lambda indices: [statistic(indices)], rows, seed)
    return error


def bootstrap_errors(
    statistics: Callable[[Tensor], Sequence[float]], rows: int, seed: int = 0
) -> tuple[float, ...]:
    """Return the `bootstrap_error` of each of several statistics, from the same bootstrap samples.

    Samples in which a statistic is NaN do not count for it.
    """
    generator = torch.Generator().manual_seed(derived_seed("bootstrap", seed))
    drawn = (torch.randint(0, rows, (rows,), generator=generator) for _ in range(REPEATS))
    values = torch.tensor([statistics(indices) for indices in drawn], dtype=torch.double)
    finite = (column[column.isfinite()] for column in values.T)
    return tuple(float(column.std()) if len(column) > 1 else nan for column in finite)


def jackknife_error(statistic: Callable[[Tensor], float], rows: int, seed: int = 0) -> float:
    r"""Return the standard error of a statistic by the jackknife over random groups of rows.

    .. math:: \sqrt{\frac{G - 1}{G} \sum_g (t_{-g} - \bar t)^2}

    with the statistic :math:`t_{-g}` of all rows but those of the group g. Unlike a bootstrap it repeats no
    row, as statistics of neighbours require.

    Arguments:
        statistic: a function of the indices of the rows.
        rows: N.
        seed: of the groups.

    References:
        Quenouille (1956), "Notes on Bias in Estimation".
    """
    generator = torch.Generator().manual_seed(derived_seed("jackknife", seed))
    order = torch.randperm(rows, generator=generator)
    parts = [order[group::GROUPS] for group in range(GROUPS)]
    others = (torch.cat(parts[:group] + parts[group + 1 :]) for group in range(GROUPS))
    values = torch.tensor([statistic(indices) for indices in others], dtype=torch.double)
    return float(values.std(correction=0) * (GROUPS - 1) ** 0.5)


def ratio_error(above: Tensor, below: Tensor) -> float:
    """Return the standard error of a ratio of two means, (N,) and (N,), by the delta method."""
    residuals = above - above.mean() / below.mean() * below
    return float(residuals.std() / below.mean().abs() / len(below) ** 0.5)
