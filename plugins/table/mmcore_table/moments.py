"""Running moments of columns of numbers."""

from typing import Any

import numpy as np

FEW = 7
"""Most different integers of a column that is ordered."""


class Moments:
    """Running moments of all columns, updated with chunks of rows.

    Arguments:
        columns: number of columns.
        levels: whether the different values of each column are kept, as long as they are few.
    """

    def __init__(self, columns: int, levels: bool = True) -> None:
        self.count = np.zeros(columns)
        self.zeros = np.zeros(columns)
        self.sums = np.zeros((4, columns))
        self.logs = np.zeros((2, columns))
        self.low, self.high = np.full(columns, np.inf), np.full(columns, -np.inf)
        self.whole = np.ones(columns, dtype=bool)
        self.is_constant = np.zeros(columns, dtype=bool)
        self.shift: np.ndarray | None = None
        self.values: list[set[float] | None] = [set() if levels else None] * columns

    def add(self, x: np.ndarray) -> None:
        """Add (N, C) numbers, NaN where missing."""
        observed = ~np.isnan(x)
        if self.shift is None:
            self.shift = np.where(
                observed.any(0), np.nanmean(np.where(observed.any(0), x, 0), axis=0), 0
            )
        self.count += observed.sum(0)
        self.zeros += (x == 0).sum(0)
        known = np.where(observed, x - self.shift, 0)
        self.sums += np.stack([(known**power).sum(0) for power in (1, 2, 3, 4)])
        positive = np.where(observed, np.log1p(np.clip(x, 0, None)), 0)
        self.logs += np.stack([positive.sum(0), (positive**2).sum(0)])
        self.low = np.fmin(self.low, np.where(observed, x, np.inf).min(0))
        self.high = np.fmax(self.high, np.where(observed, x, -np.inf).max(0))
        self.is_constant = self.low == self.high
        self.whole &= (np.where(observed, x, 0) % 1 == 0).all(0)
        for column, seen in enumerate(self.values):
            if seen is not None:
                self.values[column] = _few(seen, x[:, column])

    def add_sparse(self, rows: Any) -> None:
        """Add the rows of a sparse matrix, in which a cell without an entry is 0; no values are kept."""
        seen = ~np.isnan(rows.data)
        x, places = rows.data[seen].astype(np.float64), rows.indices[seen]
        count = rows.shape[0] - self._total(rows.indices[~seen])
        empty = count - self._total(places)
        if self.shift is None:
            self.shift = self._total(places, x) / np.maximum(count, 1)
        self.count += count
        self.zeros += empty + self._total(places[x == 0])
        known, powers = x - self.shift[places], (1, 2, 3, 4)
        sums = [self._total(places, known**p) + empty * (-self.shift) ** p for p in powers]
        self.sums += np.stack(sums)
        logs = np.log1p(np.clip(x, 0, None))
        self.logs += np.stack([self._total(places, logs), self._total(places, logs**2)])
        np.minimum.at(self.low, places, x)
        np.maximum.at(self.high, places, x)
        self.low = np.where(empty > 0, np.minimum(self.low, 0), self.low)
        self.high = np.where(empty > 0, np.maximum(self.high, 0), self.high)
        self.is_constant = self.low == self.high
        self.whole &= self._total(places[x % 1 != 0]) == 0

    def _total(self, places: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
        return np.bincount(places, weights, minlength=len(self.count))

    def centered(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return mean, standard deviation and excess kurtosis of each column."""
        n = np.maximum(self.count, 1)
        m1, m2, m3, m4 = self.sums / n
        variance = np.maximum(m2 - m1**2, 0)
        fourth = m4 - 4 * m1 * m3 + 6 * m1**2 * m2 - 3 * m1**4
        kurtosis = fourth / np.maximum(variance, 1e-30) ** 2 - 3
        shift = 0.0 if self.shift is None else self.shift
        return m1 + shift, np.sqrt(variance), np.where(variance > 0, kurtosis, 0)

    def logged(self) -> tuple[np.ndarray, np.ndarray]:
        """Return mean and standard deviation of log(1 + x)."""
        mean, square = self.logs / np.maximum(self.count, 1)
        return mean, np.sqrt(np.maximum(square - mean**2, 0))


def _few(seen: set[float], x: np.ndarray) -> set[float] | None:
    """Return the different values so far, or None if there are too many."""
    for part in (x[:1000], x):  # the first rows suffice for most columns
        values = seen | set(np.unique(part[~np.isnan(part)]).tolist())
        if len(values) > FEW:
            return None
    return values
