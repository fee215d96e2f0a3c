"""Positive numbers of which a normal distribution is a poor model."""

import numpy as np

__all__ = ["is_skewed"]

LEAST_ROWS = 20


def is_skewed(cells: np.ndarray) -> bool:
    """Return whether numbers are positive and their mean is less than two standard deviations.

    More than 2 % of a normal distribution with their mean and standard deviation is below 0. Fewer than 20
    numbers, and whole numbers, are not.

    Arguments:
        cells: a column, (N,), NaN where missing.

    Example:
        >>> import numpy as np
        >>> is_skewed(np.exp(np.linspace(-2, 2, 50))), is_skewed(np.linspace(0.5, 1.5, 50))
        (True, False)
    """
    known = cells[~np.isnan(cells)].astype(np.float64)
    if len(known) < LEAST_ROWS or bool((known <= 0).any() | (known % 1 == 0).all()):
        return False
    return float(known.mean()) < 2 * float(known.std())
