"""The part of the range of a file that the training pixels use."""

import numpy as np

from mmcore.data.tables import Counted

__all__ = ["brightest_pixels", "of_another_range", "unused_range"]

USED = 0.5
"""Least share of the range that the training pixels of one depth must reach without a remark."""


DARKER = 8


def brightest_pixels(largest: np.ndarray, white: np.ndarray) -> tuple[tuple[float, float], ...]:
    """Return the largest pixel and the value of white of each depth of which much is unused.

    Arguments:
        largest: the largest pixel of each file.
        white: the value of white of each file; 0 for a file that is displayed by other rules.
    """
    tops = {w: float(largest[white == w].max()) for w in np.unique(white)}
    return tuple((top, float(w)) for w, top in tops.items() if top < USED * w)


def of_another_range(largest: np.ndarray, white: np.ndarray) -> Counted:
    """Return a remark on files whose brightest pixel is far darker than that of most files.

    Their pixels may have another depth or scale, such as 8 bits in a file of 16. Black files do not count.

    Arguments:
        largest: the largest pixel of each file.
        white: the value of white of each file; 0 for a file that is displayed by other rules.
    """
    share = np.divide(largest, white, out=np.zeros(len(white)), where=white > 0)
    dark = (share > 0) & (share < np.median(share[share > 0]) / DARKER if share.any() else False)
    return Counted(
        int(dark.sum()),
        len(largest),
        f"files have a brightest pixel of less than 1/{DARKER} of that of most files, as those of another"
        " depth or scale; correct them if they are no dark images",
    )


def unused_range(largest: float, white: float, option: str) -> str:
    """Return a remark on a depth of which much is unused, with the setting that states the depth."""
    bits = max(1, int(largest).bit_length())
    remedy = f"set {option}, for example {option}: {bits}" if white > 1 else "divide by their range"
    return (
        f"the brightest training pixel is {largest:.6g} of {white:g}, so that the images are dark; if the"
        f" files use a part of their range, {remedy}"
    )
