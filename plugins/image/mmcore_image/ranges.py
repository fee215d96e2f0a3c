"""The part of the range of a file that the training pixels use."""

import numpy as np

__all__ = ["brightest_pixels", "unused_range"]

USED = 0.5
"""Least share of the range that the training pixels of one depth must reach without a remark."""


def brightest_pixels(largest: np.ndarray, white: np.ndarray) -> tuple[tuple[float, float], ...]:
    """Return the largest pixel and the value of white of each depth of which much is unused.

    Arguments:
        largest: the largest pixel of each file.
        white: the value of white of each file; 0 for a file that is displayed by other rules.
    """
    tops = {w: float(largest[white == w].max()) for w in np.unique(white)}
    return tuple((top, float(w)) for w, top in tops.items() if top < USED * w)


def unused_range(largest: float, white: float, option: str) -> str:
    """Return a remark on a depth of which much is unused, with the setting that states the depth."""
    bits = max(1, int(largest).bit_length())
    remedy = f"set {option}, for example {option}: {bits}" if white > 1 else "divide by their range"
    return (
        f"the brightest training pixel is {largest:.6g} of {white:g}, so that the images are dark; if the"
        f" files use a part of their range, {remedy}"
    )
