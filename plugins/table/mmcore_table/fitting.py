"""Fitting the kind, the center and the scale of each column to the training records."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mmcore import MmcoreError
from mmcore.data.tables import Records
from mmcore.errors import nearest
from mmcore_table.cells import is_numeric, numbers, texts
from mmcore_table.settings import Column, Kind, TableSettings

FEW = 7
"""Most different integers of a column that is ordered."""
MOST_CATEGORIES = 50
HEAVY_TAILS = 20.0
"""Excess kurtosis above which a column has a Student-t likelihood."""
ALMOST_NUMERIC = 0.5
"""Share of numbers from which a column with texts counts as numeric with invalid cells."""


class Moments:
    """Running moments of all columns, updated with chunks of rows.

    Arguments:
        columns: number of columns.
    """

    def __init__(self, columns: int) -> None:
        self.count = np.zeros(columns)
        self.zeros = np.zeros(columns)
        self.sums = np.zeros((4, columns))
        self.logs = np.zeros((2, columns))
        self.low, self.high = np.full(columns, np.inf), np.full(columns, -np.inf)
        self.whole = np.ones(columns, dtype=bool)
        self.shift: np.ndarray | None = None
        self.values: list[set[float] | None] = [set() for _ in range(columns)]

    def add(self, x: np.ndarray) -> None:
        """Add (N, C) numbers, NaN where missing."""
        there = ~np.isnan(x)
        if self.shift is None:
            self.shift = np.where(there.any(0), np.nanmean(np.where(there.any(0), x, 0), axis=0), 0)
        self.count += there.sum(0)
        self.zeros += (x == 0).sum(0)
        known = np.where(there, x - self.shift, 0)
        self.sums += np.stack([(known**power).sum(0) for power in (1, 2, 3, 4)])
        positive = np.where(there, np.log1p(np.clip(x, 0, None)), 0)
        self.logs += np.stack([positive.sum(0), (positive**2).sum(0)])
        self.low = np.fmin(self.low, np.where(there, x, np.inf).min(0))
        self.high = np.fmax(self.high, np.where(there, x, -np.inf).max(0))
        self.whole &= (np.where(there, x, 0) % 1 == 0).all(0)
        for column, seen in enumerate(self.values):
            if seen is not None:
                self.values[column] = _few(seen, x[:, column])

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


def fit_columns(settings: TableSettings, records: Records) -> tuple[Column, ...]:
    """Return the fitted columns in the order of the records.

    Raises:
        MmcoreError: an option names an unknown column, or a cell is invalid for its column.
    """
    known = set(records.names)
    for name in (*settings.types, *settings.levels):
        if name not in known:
            raise MmcoreError(
                f"modality '{records.modality}' has no column '{name}', which 'types' or 'levels' names"
                + nearest(name, records.names)
            )
    first = next(records.frames(), pd.DataFrame(columns=list(records.names)))
    listed = {n: None for n in records.names if _is_listed(n, first[n], settings, records)}
    numeric = [name for name in records.names if name not in listed]
    found = {
        c.name: c
        for c in (*_numeric(settings, records, numeric), *_listed(settings, records, [*listed]))
    }
    return tuple(found[name] for name in records.names)


def _is_listed(name: str, cells: pd.Series, settings: TableSettings, records: Records) -> bool:
    """Return True if the values of a column are categories and not numbers."""
    if name in settings.types:
        return settings.types[name] in ("binary", "categorical", "ordered")
    if is_numeric(cells) or not len(cells.dropna()):
        return False
    if pd.api.types.is_bool_dtype(cells):
        return True
    known = cells.dropna()
    share = pd.to_numeric(known, errors="coerce").notna().mean()
    if share >= ALMOST_NUMERIC and not _is_truth(known):
        numbers(cells.to_frame(), records)  # raises an error that names the invalid cell
        return False
    return True


def _is_truth(cells: pd.Series) -> bool:
    return bool(cells.map(lambda cell: isinstance(cell, bool)).all())


def _numeric(settings: TableSettings, records: Records, names: Sequence[str]) -> list[Column]:
    if not names:
        return []
    moments = Moments(len(names))
    for frame in records.frames(names):
        moments.add(numbers(frame, records))
    loc, scale, tails = moments.centered()
    log_loc, log_scale = moments.logged()
    columns = []
    for i, name in enumerate(names):
        kind = settings.types.get(name) or _kind(moments, i, loc[i], scale[i], tails[i])
        if kind in ("count", "zero-inflated"):
            _check_counts(records, name, moments, i)
            columns.append(_column(name, kind, log_loc[i], log_scale[i]))
        elif kind in ("binary", "ordered"):
            values = sorted(moments.values[i] or ())
            columns.append(_coded(name, kind, tuple(texts(pd.Series(values)))))
        else:
            columns.append(_column(name, kind, loc[i], scale[i]))
    return columns


def _kind(moments: Moments, i: int, mean: float, deviation: float, tails: float) -> Kind:
    values = moments.values[i]
    if values is not None and len(values) == 2:
        return "binary"
    if moments.whole[i] and values is not None and 3 <= len(values) <= FEW:
        return "ordered"
    if moments.whole[i] and moments.low[i] >= 0 and deviation**2 > mean > 0:
        dispersion = mean**2 / (deviation**2 - mean)
        expected = (dispersion / (dispersion + mean)) ** dispersion
        return "zero-inflated" if moments.zeros[i] / moments.count[i] > expected + 0.1 else "count"
    return "student" if tails > HEAVY_TAILS else "real"


def _column(name: str, kind: Kind, loc: float, scale: float) -> Column:
    # float32 has nine digits at most. The scale of a constant column is 1.
    tiny = 1e-6 * max(abs(loc), 1e-12)
    return Column(
        name=name,
        kind=kind,
        loc=float(f"{loc:.9g}"),
        scale=float(f"{scale:.6g}") if scale > tiny else max(1e-6, abs(loc)) if loc else 1.0,
    )


def _check_counts(records: Records, name: str, moments: Moments, i: int) -> None:
    if moments.low[i] < 0 or not moments.whole[i]:
        raise MmcoreError(
            f"column '{name}' of '{records.source}' is declared a count and contains negative values or"
            f" fractions, from {moments.low[i]:g} to {moments.high[i]:g}; declare it real"
        )


def _listed(settings: TableSettings, records: Records, names: Sequence[str]) -> list[Column]:
    """Return the categorical columns."""
    if not names:
        return []
    values: dict[str, dict[str, None]] = {name: {} for name in names}
    for frame in records.frames(names):
        for name in names:
            values[name] |= dict.fromkeys(texts(frame[name]).unique())
    return [_with_categories(settings, records, name, values[name]) for name in names]


def _with_categories(
    settings: TableSettings, records: Records, name: str, found: Sequence[str] | dict[str, None]
) -> Column:
    categories = settings.levels.get(name) or tuple(sorted(found, key=_sorting))
    kind = settings.types.get(name) or (
        "ordered" if name in settings.levels else _named(len(found))
    )
    if kind == "binary" and len(categories) != 2:
        raise MmcoreError(
            f"column '{name}' of '{records.source}' is declared binary and contains {len(categories)}"
            f" different values, such as {', '.join(categories[:3])}; declare it categorical"
        )
    if len(categories) > MOST_CATEGORIES:
        raise MmcoreError(
            f"column '{name}' of '{records.source}' has {len(categories)} different texts, such as"
            f" {', '.join(repr(c) for c in categories[:3])}, more than {MOST_CATEGORIES}; exclude it"
            f" with columns: ['*', '!{name}']"
        )
    return _coded(name, kind, categories)


def _named(different: int) -> Kind:
    return "binary" if different == 2 else "categorical"


def _coded(name: str, kind: Kind, categories: tuple[str, ...]) -> Column:
    places = max(len(categories) - 1, 1)
    return Column(name=name, kind=kind, loc=places / 2, scale=places / 2, categories=categories)


def _sorting(category: str) -> tuple[int, float, str]:
    try:
        return 0, float(category), category
    except ValueError:
        return 1, 0.0, category


def _few(seen: set[float], x: np.ndarray) -> set[float] | None:
    """Return the different values so far, or None if there are too many."""
    for part in (x[:1000], x):  # the first rows suffice for most columns
        found = seen | set(np.unique(part[~np.isnan(part)]).tolist())
        if len(found) > FEW:
            return None
    return found
