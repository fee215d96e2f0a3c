"""Pixels of DICOM files that are not square.

References:
    DICOM PS3.3, 10.7.1.3 "Pixel Spacing Value Order and Valid Values", and C.7.6.3.1.7 "Pixel Aspect Ratio".
"""

import math

import numpy as np
from PIL import Image
from pydicom import Dataset

__all__ = ["OBLONG", "SPACINGS", "with_square_pixels"]

SPACINGS = (
    "PixelSpacing",
    "ImagerPixelSpacing",
    "NominalScannedPixelSpacing",
    "PixelAspectRatio",
)
"""Elements with the distance of rows and that of columns, or with their ratio; the first one counts."""
OBLONG = "oblong pixels"
"""What is remarkable of a file whose rows and columns have different distances."""
LEAST, MOST = 1.01, 20.0
"""Ratios of both distances: smaller ones are rounding, and larger ones no image."""


def with_square_pixels(grey: np.ndarray, header: Dataset) -> tuple[np.ndarray, set[str]]:
    """Return the image with more rows or more columns, so that its pixels are square, and what is remarkable.

    Shapes:
        grey: (H, W) float32.
    """
    ratio = _ratio(header)
    if not LEAST < max(ratio, 1 / ratio) < MOST:
        return grey, set()
    height, width = grey.shape
    size = (width, round(height * ratio)) if ratio > 1 else (round(width / ratio), height)
    return np.asarray(Image.fromarray(grey).resize(size, Image.Resampling.BILINEAR)), {OBLONG}


def _ratio(header: Dataset) -> float:
    """Return the distance of rows divided by that of columns; 1 if the file states none."""
    for name in SPACINGS:
        pair = header.get(name)
        if pair is not None and not isinstance(pair, str) and len(pair) == 2:
            rows, columns = map(float, pair)
            if rows > 0 and columns > 0 and math.isfinite(rows / columns):
                return rows / columns
    return 1.0
