"""Reading the image of a DICOM file without data that identifies the patient."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pydicom
from pydicom import Dataset
from pydicom.errors import InvalidDicomError
from pydicom.pixels import apply_modality_lut, apply_voi_lut, get_decoder

from mmcore import MmcoreError

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
)
"""The elements that are read: pixels and display attributes. All others are skipped."""
GRAY = ("MONOCHROME1", "MONOCHROME2")
FAR = 1e9
"""Larger than the bounds of any window."""
OPENJPEG, LIBJPEG = "pylibjpeg pylibjpeg-openjpeg", "pylibjpeg pylibjpeg-libjpeg"


def read_dicom(path: Path) -> np.ndarray:
    """Return the displayed image, (H, W) float32 in [0, 1], 0 black.

    Pixels are rescaled and windowed by the attributes of the file; without a window, the darkest pixel
    is 0 and the brightest 1. MONOCHROME1, where 0 is white, is inverted.

    Raises:
        MmcoreError: the file is not a DICOM file, has no pixels, several frames or colors, or cannot be
            decoded. The message contains display attributes only.
    """
    # An error of pydicom can contain values of the file: neither it nor its cause is passed on.
    with _silent():
        try:
            header = pydicom.dcmread(path, specific_tags=list(TAGS))
        except InvalidDicomError:
            raise MmcoreError(
                f"'{path}' is not a DICOM file, because it does not have 'DICM' after 128 bytes; expected"
                " DICOM, PNG or JPEG"
            ) from None
        except Exception as error:  # many types of errors for a damaged file
            raise _damaged(path, error) from None
        _check(path, header)
        try:
            pixels = apply_modality_lut(header.pixel_array, header)
            return _displayed(pixels, header)
        except Exception as error:
            raise _damaged(path, error) from None


def _check(path: Path, header: Dataset) -> None:
    if not header.get("PixelData"):
        raise MmcoreError(
            f"the DICOM file '{path}' has no pixels, expected a radiograph; remove it from the study"
        )
    frames = int(header.get("NumberOfFrames") or 1)
    if frames > 1:
        raise MmcoreError(
            f"the DICOM file '{path}' has {frames} frames, expected 1; save the relevant frame as a"
            " file of its own"
        )
    colors = header.get("PhotometricInterpretation")
    if colors not in GRAY or header.get("SamplesPerPixel", 1) != 1:
        raise MmcoreError(
            f"the DICOM file '{path}' has colors {colors}, expected {' or '.join(GRAY)}; a radiograph is"
            " grayscale"
        )
    _check_decoder(path, header.file_meta.get("TransferSyntaxUID"))


def _check_decoder(path: Path, syntax: pydicom.uid.UID | None) -> None:
    if syntax is None or not syntax.is_transfer_syntax or not syntax.is_encapsulated:
        return
    try:
        if get_decoder(syntax).is_available:
            return
    except NotImplementedError:  # a video, or a syntax that pydicom does not support
        pass
    packages = OPENJPEG if "2000" in syntax.name else LIBJPEG
    raise MmcoreError(
        f"the DICOM file '{path}' is compressed as {syntax.name}, for which no decoder is installed; install"
        f" one with pip install {packages}, or save the file uncompressed"
    )


def _displayed(pixels: np.ndarray, header: Dataset) -> np.ndarray:
    black, white = _ends(pixels, header)
    shown = apply_voi_lut(pixels, header).astype(np.float32)
    grey = (shown - black) / (white - black) if white != black else np.zeros_like(shown)
    grey = grey.clip(0, 1).astype(np.float32)
    return 1 - grey if header.PhotometricInterpretation == "MONOCHROME1" else grey


def _ends(pixels: np.ndarray, header: Dataset) -> tuple[float, float]:
    """Return the values that are displayed as 0 and as 1, before MONOCHROME1 is inverted."""
    if header.get("VOILUTSequence"):
        entries, first, _ = header.VOILUTSequence[0].LUTDescriptor
        ends = apply_voi_lut(np.arange(first, first + (entries or 1 << 16)), header)
        return float(ends.min()), float(ends.max())
    if None in (header.get("WindowCenter"), header.get("WindowWidth")):
        return float(pixels.min()), float(pixels.max())
    black, white = apply_voi_lut(np.array([-FAR, FAR]), header)
    return float(black), float(white)


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
