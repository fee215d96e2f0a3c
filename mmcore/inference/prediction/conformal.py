"""Split-conformal scaling of intervals: coverage that does not depend on the model being right."""

import math

import torch
from torch import Tensor

__all__ = ["conformal_factor", "least_rows", "nonconformity", "stretched"]

FLOOR = 0.05
"""Part of the unit that is added to the half-width, so that an interval of width 0 can be scaled."""


def least_rows(level: float) -> int:
    """Return the smallest number of calibration rows for intervals at ``level``.

    Example:
        >>> least_rows(0.9)
        9
    """
    return math.ceil(level / (1 - level) - 1e-9)


def nonconformity(low: Tensor, high: Tensor, truth: Tensor, unit: Tensor) -> Tensor:
    r"""Return the distance of values from the middle of their intervals, in half-widths.

    .. math:: r = |y - m| / h, \qquad m = (l + u) / 2, \quad h = (u - l) / 2 + 0.05\,\text{unit}

    Shapes:
        low, high, truth, returns: (N, *E); NaN where the truth is missing. unit: E.
    """
    middle, half = _parts(low, high, unit)
    return (truth - middle).abs() / half


def conformal_factor(scores: Tensor, level: float) -> Tensor:
    r"""Return the factor of the half-widths of each element, E; NaN where too few rows are known.

    It is the :math:`\lceil (n + 1)\,\text{level} \rceil`-th smallest of the n known scores. For a value
    that is exchangeable with the n values, the stretched interval contains it with a probability of at
    least ``level``, and of at most ``level + 1 / (n + 1)`` if there are no ties.

    Arguments:
        scores: (N, *E), NaN where a value is missing.
        level: coverage.

    References:
        Lei, G'Sell, Rinaldo, Tibshirani, Wasserman (2018), "Distribution-Free Predictive Inference for
        Regression", Theorem 2.2.
    """
    known = (~scores.isnan()).sum(0)
    rank = ((known + 1) * level - 1e-9).ceil().long()
    ordered = scores.nan_to_num(torch.inf).sort(0).values
    place = (rank - 1).clamp(0, max(len(scores) - 1, 0))
    chosen = ordered.gather(0, place.unsqueeze(0)).squeeze(0)
    return chosen.masked_fill((rank > known) | (known == 0), torch.nan)


def stretched(low: Tensor, high: Tensor, factor: Tensor, unit: Tensor) -> tuple[Tensor, Tensor]:
    """Return the intervals with their half-widths, see `nonconformity`, multiplied by ``factor``, E."""
    middle, half = _parts(low, high, unit)
    return middle - factor * half, middle + factor * half


def _parts(low: Tensor, high: Tensor, unit: Tensor) -> tuple[Tensor, Tensor]:
    return (low + high) / 2, (high - low) / 2 + FLOOR * unit
