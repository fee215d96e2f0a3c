"""The picture in a DICOM file, and nothing that says whose it is."""

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
"""The elements that are read: pixels and how they are displayed. The others are passed over."""
GREY = ("MONOCHROME1", "MONOCHROME2")
FAR = 1e9
"""Beyond every window."""
OPENJPEG, LIBJPEG = "pylibjpeg pylibjpeg-openjpeg", "pylibjpeg pylibjpeg-libjpeg"


def read_dicom(path: Path) -> np.ndarray:
    """Return the picture as it is meant to be displayed, (H, W) float32 in [0, 1], 0 black.

    Pixels are rescaled and windowed as the file says; without a window, from the darkest to the
    brightest pixel. MONOCHROME1, where 0 is white, is inverted.

    Raises:
        MmcoreError: the file is no DICOM, has no pixels, several frames or colours, or cannot be
            decoded. The message holds nothing from the file but display attributes.
    """
    # An error of pydicom may repeat what stands in the file: none is passed on, nor its cause.
    with _silent():
        try:
            header = pydicom.dcmread(path, specific_tags=list(TAGS))
        except InvalidDicomError:
            raise MmcoreError(
                f"'{path}' is no DICOM file: it does not have 'DICM' after 128 bytes; expected DICOM, PNG or"
                " JPEG"
            ) from None
        except Exception as error:  # many kinds on a damaged file
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
            f"the DICOM file '{path}' has no pixels, expected a radiograph; take it out of the study"
        )
    frames = int(header.get("NumberOfFrames") or 1)
    if frames > 1:
        raise MmcoreError(
            f"the DICOM file '{path}' has {frames} frames, expected a single picture; save the frame that"
            " counts as a file of its own"
        )
    colours = header.get("PhotometricInterpretation")
    if colours not in GREY or header.get("SamplesPerPixel", 1) != 1:
        raise MmcoreError(
            f"the DICOM file '{path}' is in {colours}, expected {' or '.join(GREY)}; a radiograph is grey"
        )
    _check_decoder(path, header.file_meta.get("TransferSyntaxUID"))


def _check_decoder(path: Path, syntax: pydicom.uid.UID | None) -> None:
    if syntax is None or not syntax.is_transfer_syntax or not syntax.is_encapsulated:
        return
    try:
        if get_decoder(syntax).is_available:
            return
    except NotImplementedError:  # a film, or a syntax that pydicom does not know
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
    """Return what is displayed as 0 and as 1, MONOCHROME1 aside."""
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
        f"the DICOM file '{path}' cannot be read ({type(error).__name__}); fetch it again, or take it out of"
        " the study"
    )


@contextmanager
def _silent() -> Iterator[None]:
    """Keep pydicom from telling, in a warning or a log, what stands in a file."""
    logger = logging.getLogger("pydicom")
    before, logger.disabled = logger.disabled, True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.disabled = before
