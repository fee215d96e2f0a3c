"""Reading the image of a DICOM file without data that identifies the patient."""

import logging
import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import numpy as np
import pydicom
from pydicom import Dataset
from pydicom.errors import InvalidDicomError
from pydicom.pixels import get_decoder, pixel_array
from pydicom.uid import JPEGExtended12Bit

from mmcore import MmcoreError
from mmcore_medical.radiograph.display import displayed, displayed_colors
from mmcore_medical.radiograph.groups import GROUPS, header_of_frame
from mmcore_medical.radiograph.spacing import SPACINGS, with_square_pixels

COLORS = ("Red", "Green", "Blue")
TAGS = (
    "SamplesPerPixel",
    "PhotometricInterpretation",
    "PlanarConfiguration",
    "NumberOfFrames",
    "Rows",
    "Columns",
    "BitsAllocated",
    "BitsStored",
    "HighBit",
    "PixelRepresentation",
    "PixelData",
    "ModalityLUTSequence",
    "RescaleSlope",
    "RescaleIntercept",
    "VOILUTSequence",
    "VOILUTFunction",
    "WindowCenter",
    "WindowWidth",
    "PixelPaddingValue",
    "PixelPaddingRangeLimit",
    *SPACINGS,
    *(
        f"{color}PaletteColorLookupTable{part}"
        for color in COLORS
        for part in ("Descriptor", "Data")
    ),
    *(f"Segmented{color}PaletteColorLookupTableData" for color in COLORS),
    *GROUPS,
)
"""The elements that are read: pixels and display attributes. All others are skipped."""
OVERLAY_ROWS = tuple(0x60000010 + 0x20000 * plane for plane in range(16))
"""The heights of the overlays, which show that a file has them."""
GRAY = ("MONOCHROME1", "MONOCHROME2")
COLORED = ("RGB", "PALETTE COLOR", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT")
OVERLAYS, SEVERAL_FRAMES, CONVERTED = "overlays", "several frames", "colors"
"""Unusual properties of a file, besides its window."""
WINDOW = ("WindowCenter", "WindowWidth", "VOILUTFunction")
Frames = Literal["first", "middle", "mean"]
OPENJPEG, LIBJPEG = "pylibjpeg pylibjpeg-openjpeg", "pylibjpeg pylibjpeg-libjpeg"


def read_dicom(
    path: Path, frames: Frames | None = None, grayscale: bool = False
) -> tuple[np.ndarray, set[str]]:
    """Return the displayed image, (H, W) float32 in [0, 1], 0 black, and what is remarkable.

    Pixels are rescaled and windowed by the attributes of the frame or the file; without a window, the
    darkest pixel is 0 and the brightest 1. MONOCHROME1, where 0 is white, is inverted. Padding is black.

    Arguments:
        path: the file.
        frames: which of several frames is read; files with several are refused if left out.
        grayscale: whether colors are converted to grayscale; they are refused otherwise.

    Raises:
        MmcoreError: the file is not a DICOM file, has no pixels, several frames or colors, or cannot be
            decoded. The message contains display attributes only.
    """
    # An error of pydicom can contain values of the file: neither it nor its cause is passed on.
    with _silent():
        try:
            header = pydicom.dcmread(path, specific_tags=[*TAGS, *OVERLAY_ROWS])
            remarkable = _checked(path, header, frames, grayscale)
            index = _index(header, frames)
            stored = pixel_array(header, index=index)
            shown = range(_frames(header)) if index is None else (index,)
            headers = [header_of_frame(header, frame) for frame in shown]
            if CONVERTED in remarkable:
                grey, window = displayed_colors(stored, header), set[str]()
            else:
                _check_windows(path, headers)
                grey, window = displayed(stored, headers)
            even, spacing = with_square_pixels(grey, headers[0])
            return even, remarkable | window | spacing
        except MmcoreError:
            raise
        except InvalidDicomError:
            raise MmcoreError(
                f"'{path}' is not a DICOM file, because it does not have 'DICM' after 128 bytes; expected"
                " DICOM, PNG or JPEG"
            ) from None
        except Exception as error:  # many types of errors for a damaged file
            raise _damaged(path, error) from None


def _checked(path: Path, header: Dataset, frames: Frames | None, grayscale: bool) -> set[str]:
    """Return what is remarkable of a file that can be displayed."""
    if not header.get("PixelData"):
        raise MmcoreError(
            f"the DICOM file '{path}' has no pixels, expected a radiograph; remove it from the study"
        )
    count = _frames(header)
    if count > 1 and frames is None:
        raise MmcoreError(
            f"the DICOM file '{path}' has {count} frames, expected 1; set frames to first, middle or mean"
            " in the study file, or save the relevant frame as a file of its own"
        )
    colors = header.get("PhotometricInterpretation")
    if colors not in (*GRAY, *COLORED):
        raise MmcoreError(
            f"the DICOM file '{path}' has the photometric interpretation {colors}, expected"
            f" {', '.join(GRAY)} or a color space such as RGB; remove it from the study"
        )
    if colors in COLORED and not grayscale:
        raise MmcoreError(
            f"the DICOM file '{path}' has colors {colors}, expected {' or '.join(GRAY)}; set grayscale:"
            " true in the study file to convert them"
        )
    _check_rescaling(path, header)
    _check_bits(path, header)
    _check_decoder(path, header)
    facts = {
        OVERLAYS: any(tag in header for tag in OVERLAY_ROWS),
        SEVERAL_FRAMES: count > 1,
        CONVERTED: colors in COLORED,
    }
    return {fact for fact, holds in facts.items() if holds}


def _check_rescaling(path: Path, header: Dataset) -> None:
    slope, intercept = (
        usual if header.get(name) in (None, "") else float(header[name].value)
        for name, usual in (("RescaleSlope", 1.0), ("RescaleIntercept", 0.0))
    )
    if not slope or not math.isfinite(slope + intercept):
        raise MmcoreError(
            f"the DICOM file '{path}' has the rescale slope {slope:g} and intercept {intercept:g}, with which"
            " all pixels are the same; correct them, or remove the file from the study"
        )


def _frames(header: Dataset) -> int:
    return int(header.get("NumberOfFrames") or 1)


def _index(header: Dataset, frames: Frames | None) -> int | None:
    if _frames(header) == 1 or frames == "mean":
        return None
    return 0 if frames == "first" else _frames(header) // 2


def _check_windows(path: Path, headers: list[Dataset]) -> None:
    windows = {str([header.get(name) for name in WINDOW]) for header in headers}
    if len(windows) > 1:
        raise MmcoreError(
            f"the DICOM file '{path}' has frames with different windows, which have no mean; set frames to"
            " first or middle in the study file"
        )


def _check_bits(path: Path, header: Dataset) -> None:
    stored, high = header.get("BitsStored"), header.get("HighBit")
    if None not in (stored, high) and high != stored - 1:
        raise MmcoreError(
            f"the DICOM file '{path}' has HighBit {high} and BitsStored {stored}, expected HighBit"
            f" {stored - 1}, with the pixels in the lowest bits; export the file again, or remove it from the"
            " study"
        )


def _check_decoder(path: Path, header: Dataset) -> None:
    syntax = header.file_meta.get("TransferSyntaxUID")
    if syntax is None or not syntax.is_transfer_syntax or not syntax.is_encapsulated:
        return
    try:
        plugins = set(get_decoder(syntax).available_plugins)
    except NotImplementedError:  # a video, or a syntax that pydicom does not support
        raise MmcoreError(
            f"the DICOM file '{path}' is compressed as {syntax.name}, which pydicom does not decode; save the"
            " file uncompressed"
        ) from None
    if syntax == JPEGExtended12Bit and header.get("BitsStored", 8) > 8:
        plugins.discard("pillow")
    if not plugins:
        packages = OPENJPEG if "2000" in syntax.name else LIBJPEG
        raise MmcoreError(
            f"the DICOM file '{path}' is compressed as {syntax.name}, for which no decoder is installed;"
            f" install one with pip install {packages}, or save the file uncompressed"
        )


def _damaged(path: Path, error: Exception) -> MmcoreError:
    return MmcoreError(
        f"the DICOM file '{path}' is not readable ({type(error).__name__}); download it again, or remove it"
        " from the study"
    )


@contextmanager
def _silent() -> Iterator[None]:
    """Suppress warnings and logs of pydicom, which can contain values of a file."""
    logger = logging.getLogger("pydicom")
    before, logger.disabled = logger.disabled, True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.disabled = before
