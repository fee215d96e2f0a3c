"""A signal with several leads, independent of the file format."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from scipy.signal import resample_poly

from mmcore import MmcoreError

FINEST = 1000
"""Largest denominator of a ratio of rates, and largest ratio."""
LEAST_STEPS, MOST_STEPS, STEP_ERROR = 16, 0.9, 0.02
"""See `is_clock`."""
MOST_SAMPLES = 1 << 28
"""Most samples of all leads after resampling, 2 GiB; a header of a few bytes can declare any rate."""


@dataclass(frozen=True, slots=True)
class Signal:
    """The samples of several leads.

    Shapes:
        values: (L, T), in the unit of the file, NaN where a sample is missing.

    Arguments:
        leads: names of the leads.
        rate: samples per second; None if the file does not contain it.
        units: of the leads; None where the file does not contain it.
        calibrated: False if the file does not state how its samples become physical values.
    """

    leads: tuple[str, ...]
    values: np.ndarray
    rate: float | None = None
    units: tuple[str | None, ...] = ()
    calibrated: bool = True

    def __post_init__(self) -> None:
        if not self.units:
            object.__setattr__(self, "units", (None,) * len(self.leads))


def resampled(values: np.ndarray, given: float, wanted: float) -> np.ndarray:
    """Return (L, T) values at another rate, (L, T'), after a low-pass filter against aliasing.

    Missing samples are interpolated linearly for the filter, and are missing in the result too.

    Arguments:
        values: NaN where missing.
        given: samples per second of the values.
        wanted: samples per second of the result.

    Raises:
        MmcoreError: the rates differ by a factor of over 1000, or the result would be too large.
    """
    if given == wanted or not values.size:
        return values
    if not 1 / FINEST <= wanted / given <= FINEST or values.size * wanted / given > MOST_SAMPLES:
        raise MmcoreError(
            f"a signal of {values.size:,} samples at {given:g} per second cannot be resampled to {wanted:g}"
            f" per second, expected a factor of at most {FINEST:,} and {MOST_SAMPLES:,} samples; correct the"
            " rate in its header, or in the study file"
        )
    ratio = Fraction(wanted / given).limit_denominator(FINEST)
    interpolated = np.stack([_interpolated(lead) for lead in values])
    resampled = resample_poly(
        interpolated, ratio.numerator, ratio.denominator, axis=1, padtype="line"
    )
    nearest = np.arange(resampled.shape[1]) * ratio.denominator / ratio.numerator
    missing = np.isnan(values)[:, np.minimum(nearest.round().astype(int), values.shape[1] - 1)]
    return np.where(missing, np.nan, resampled)


def arranged(signal: Signal, leads: tuple[str, ...], length: int) -> np.ndarray:
    """Return (leads, length) float32, NaN for missing leads and after the end of the signal."""
    out = np.full((len(leads), length), np.nan, dtype=np.float32)
    own = {name: row for name, row in zip(signal.leads, signal.values, strict=True)}
    for place, name in enumerate(leads):
        if name in own:
            kept = own[name][:length]
            out[place, : len(kept)] = kept
    return out


def _interpolated(lead: np.ndarray) -> np.ndarray:
    known = np.flatnonzero(~np.isnan(lead))
    if not len(known):
        return np.zeros_like(lead)
    return np.interp(np.arange(len(lead)), known, lead[known])


def is_clock(values: np.ndarray) -> bool:
    """Return whether samples, (T,), grow by one step nearly everywhere, as a column of times does."""
    steps = np.diff(values)
    steps = steps[~np.isnan(steps)]
    if len(steps) < LEAST_STEPS:
        return False
    usual = float(np.median(steps))
    even = np.abs(steps - usual) <= STEP_ERROR * usual
    return usual > 0 and float(even.mean()) > MOST_STEPS
