"""Reading one radiograph from a DICOM, PNG or JPEG file."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from mmcore_image.files import read_pixels
from PIL import Image

from mmcore.data.tables import StoredFile
from mmcore_medical.radiograph.dicom import CONVERTED, read_dicom
from mmcore_medical.radiograph.settings import RadiographSettings

MAGIC, MAGIC_AT = b"DICM", 128
DICOM = (".dcm", ".dicom")
TURNED, FLAT = "turned", "flat"


@dataclass(frozen=True, slots=True)
class Radiograph:
    """The displayed image of a file.

    Shapes:
        grey: (H, W) float32 in [0, 1], 0 black.

    Arguments:
        remarkable: what a remark is worth.
        largest: the largest stored pixel of a PNG, JPEG or TIFF file.
        white: the stored value of white of such a file; 0 for DICOM.
    """

    grey: np.ndarray
    remarkable: frozenset[str]
    largest: float = 0.0
    white: float = 0.0


def read_radiograph(path: Path, settings: RadiographSettings) -> Radiograph:
    """Return the radiograph in a DICOM file, or in another image file.

    Raises:
        MmcoreError: the file has another format or is not readable.
    """
    with path.open("rb") as file:
        start = file.read(MAGIC_AT + len(MAGIC))
    if start[MAGIC_AT:] == MAGIC or path.suffix.lower() in DICOM:
        grey, remarkable = read_dicom(path, settings.frames, settings.grayscale)
        return Radiograph(grey, frozenset(remarkable | ({FLAT} if np.ptp(grey) == 0 else set())))
    pixels = read_pixels(StoredFile(str(path), path), settings.page, settings.depth)
    facts = {
        TURNED: pixels.turned,
        CONVERTED: pixels.colored,
        FLAT: np.ptp(pixels.values) == 0,
    }
    grey = np.asarray(pixels.picture().convert("L")) / 255 if pixels.colored else pixels.share()
    return Radiograph(
        grey.astype(np.float32),
        frozenset(fact for fact, holds in facts.items() if holds),
        float(pixels.values.max()),
        pixels.white,
    )


def squared(grey: np.ndarray, size: int) -> np.ndarray:
    """Return the image resized to (size, size), with black bars along the shorter side."""
    height, width = grey.shape
    side = max(height, width)
    square = np.zeros((side, side), dtype=np.float32)
    top, left = (side - height) // 2, (side - width) // 2
    square[top : top + height, left : left + width] = grey
    picture = Image.fromarray(square).resize((size, size), Image.Resampling.BILINEAR)
    return np.asarray(picture)
