"""Reading one radiograph from a DICOM, PNG or JPEG file."""

from pathlib import Path

import numpy as np
from PIL import Image

from mmcore import MmcoreError
from mmcore_medical.radiograph.dicom import read_dicom

MAGIC, MAGIC_AT = b"DICM", 128
DICOM = (".dcm", ".dicom")
PICTURES = ("PNG", "JPEG")


def read_grey(path: Path) -> np.ndarray:
    """Return the radiograph in a DICOM, PNG or JPEG file, (H, W) float32 in [0, 1], 0 black.

    Raises:
        MmcoreError: the file has another format or is not readable.
    """
    with path.open("rb") as file:
        start = file.read(MAGIC_AT + len(MAGIC))
    is_dicom = start[MAGIC_AT:] == MAGIC or path.suffix.lower() in DICOM
    return read_dicom(path) if is_dicom else _read_picture(path)


def squared(grey: np.ndarray, size: int) -> np.ndarray:
    """Return the image resized to (size, size), with black bars along the shorter side."""
    height, width = grey.shape
    side = max(height, width)
    square = np.zeros((side, side), dtype=np.float32)
    top, left = (side - height) // 2, (side - width) // 2
    square[top : top + height, left : left + width] = grey
    picture = Image.fromarray(square).resize((size, size), Image.Resampling.BILINEAR)
    return np.asarray(picture)


def _read_picture(path: Path) -> np.ndarray:
    try:
        with Image.open(path, formats=PICTURES) as picture:
            deep = picture.mode.startswith("I")
            values = np.asarray(picture if deep else picture.convert("L"), dtype=np.float32)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise MmcoreError(
            f"'{path}' is not a readable radiograph ({type(error).__name__}); expected DICOM, PNG or JPEG"
        ) from error
    return values / (65535 if deep else 255)
