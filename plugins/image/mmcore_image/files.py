"""Reading one image file."""

import struct
import tokenize
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError
from PIL.TiffImagePlugin import BITSPERSAMPLE, PHOTOMETRIC_INTERPRETATION, TiffImageFile

from mmcore import MmcoreError
from mmcore.data.tables import StoredFile
from mmcore_image.deep import deep_pixels, is_deep
from mmcore_image.pixels import Pixels, from_array

__all__ = ["is_colored", "read_pixels", "size_of"]

GREY = ("1", "L", "I", "I;16", "I;16B", "I;16L", "I;16N", "F")
ALPHA = ("A", "a")
STRAIGHT = {"La": "LA", "RGBa": "RGBA"}
"""Modes in which colors are multiplied by their opacity, and those in which they are not."""
WHITE_IS_ZERO = 0
ON_ITS_SIDE = 4
"""The largest orientation of EXIF in which width and height are not exchanged."""
SEVERAL_OF_ONE = "MPO"
"""The format of cameras that store a preview, or the view of a second lens, after the photograph."""
DAMAGED = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    OverflowError,
    MemoryError,
    RecursionError,
    struct.error,
    tokenize.TokenError,
    Image.DecompressionBombError,
)
"""Exceptions of Pillow and numpy for damaged files."""


def read_pixels(file: StoredFile, page: int | None = None, bits: int | None = None) -> Pixels:
    """Return the pixels of an image file, upright, with transparent pixels as white.

    Images of more than 8 bits per channel keep their depth; in colors, those in PNG files.

    Arguments:
        file: PNG, JPEG, TIFF, NPY, or another format that Pillow reads.
        page: number of the page or frame, from 1; a file with several is refused if left out.
        bits: bits that are used of each pixel, where the file stores more.

    Raises:
        MmcoreError: the file is not a readable image, or has several pages.
    """
    try:
        if _is_array(file):
            with file.open() as stream:
                return from_array(np.load(stream, allow_pickle=False), bits)
        with _opened(file) as picture:
            _turn_to_page(picture, page, file.name)
            if is_deep(picture):
                return _of_deep(file, picture, bits)
            return _decoded(picture, bits)
    except DAMAGED as error:
        reason = _reason(error)
        raise MmcoreError(
            f"'{file.name}' is not a readable image ({reason}); expected PNG, JPEG, TIFF or NPY;"
            " replace it, remove it, or leave its cell empty"
        ) from error


def is_colored(file: StoredFile, page: int | None = None, bits: int | None = None) -> bool:
    """Return whether an image has three channels; the pixels are read only if the header leaves it open.

    Raises:
        MmcoreError: as `read_pixels`.
    """
    if not _is_array(file):
        try:
            with _opened(file) as picture:
                if page is None and not _has_alpha(picture):
                    return picture.mode not in GREY
        except DAMAGED:
            pass  # the same error, with its message, follows
    return read_pixels(file, page, bits).colored


def size_of(file: StoredFile, page: int | None = None, bits: int | None = None) -> tuple[int, int]:
    """Return height and width of an upright image; pixels are read only if the header leaves them open.

    Raises:
        MmcoreError: as `read_pixels`.
    """
    if not _is_array(file) and page is None:
        try:
            with _opened(file) as picture:
                lies = _orientation(picture) > ON_ITS_SIDE
                if not (lies and isinstance(picture, TiffImageFile)):  # it may be turned already
                    return picture.size if lies else (picture.height, picture.width)
        except DAMAGED:
            pass  # the same error, with its message, follows
    height, width = read_pixels(file, page, bits).values.shape[:2]
    return height, width


@contextmanager
def _opened(file: StoredFile) -> Iterator[Image.Image]:
    # Pillow maps an uncompressed TIFF that it opens by its path, and then turns it wrongly.
    with file.open() as stream, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with Image.open(stream) as picture:
            yield picture


def _reason(error: Exception) -> str:
    if isinstance(error, UnidentifiedImageError):  # its message contains an address in memory
        return "it is empty, damaged, or of another format"
    return " ".join(str(error).split()) or type(error).__name__


def _is_array(file: StoredFile) -> bool:
    return isinstance(file.content, Path) and file.content.suffix.lower() == ".npy"


def _turn_to_page(picture: Image.Image, page: int | None, name: str) -> None:
    pages = getattr(picture, "n_frames", 1)
    if page is None and (pages == 1 or picture.format == SEVERAL_OF_ONE):
        return
    if page is None:
        raise MmcoreError(
            f"'{name}' has {pages} pages or frames, expected 1; set page in the study file, for example"
            " page: 1, or save the one you need as a file of its own"
        )
    if page > pages:
        raise MmcoreError(f"'{name}' has {pages} pages or frames, and page is {page}; correct page")
    picture.seek(page - 1)


def _decoded(picture: Image.Image, bits: int | None) -> Pixels:
    turned, depth, negative = _is_turned(picture), _depth(picture), _is_negative(picture)
    picture.load()
    if turned and not isinstance(picture, TiffImageFile):  # TIFF is turned by load
        picture = ImageOps.exif_transpose(picture)
    pixels = from_array(_plain(picture), bits, depth)
    values = pixels.white - pixels.values if negative else pixels.values
    return replace(pixels, values=values, turned=turned)


def _plain(picture: Image.Image) -> np.ndarray:
    """Return an array of one or three channels, of the depth of the image."""
    if picture.mode in GREY and "transparency" not in picture.info:
        return np.asarray(picture.convert("L") if picture.mode == "1" else picture)
    if _has_alpha(picture):
        return _on_paper(picture)
    return np.asarray(picture.convert("RGB"))


def _on_paper(picture: Image.Image) -> np.ndarray:
    straight = picture.convert(STRAIGHT.get(picture.mode, picture.mode))
    above = straight.convert("RGBA")
    paper = Image.new("RGBA", above.size, "white")
    opaque = Image.alpha_composite(paper, above)
    colored = np.ptp(np.asarray(opaque)[..., :3].astype(int), axis=-1).any()
    return np.asarray(opaque.convert("RGB" if colored else "L"))


def _has_alpha(picture: Image.Image) -> bool:
    bands = picture.getbands()
    return (
        picture.mode != "LAB" and any(a in bands for a in ALPHA)
    ) or "transparency" in picture.info


def _is_turned(picture: Image.Image) -> bool:
    return _orientation(picture) in range(2, 9)


def _orientation(picture: Image.Image) -> int:
    """Return the orientation that the file states, 1 if it states none; above 4, it lies on its side."""
    if isinstance(picture, TiffImageFile):
        # After getexif, load would take the height for the width.
        return int(picture.tag_v2.get(ExifTags.Base.Orientation, 1))
    try:
        return int(picture.getexif().get(ExifTags.Base.Orientation, 1))
    except (SyntaxError, struct.error, KeyError, TypeError, ValueError):
        return 1  # a damaged EXIF block states no orientation


def _depth(picture: Image.Image) -> int | None:
    """Return the bits of a pixel that the file states where the type of the array does not."""
    if isinstance(picture, TiffImageFile) and picture.mode.startswith("I;16"):
        return int(picture.tag_v2.get(BITSPERSAMPLE, (16,))[0])
    return 16 if picture.format == "PPM" and picture.mode == "I" else None


def _is_negative(picture: Image.Image) -> bool:
    """Return whether 0 is white; Pillow inverts such images of up to 8 bits only."""
    if not isinstance(picture, TiffImageFile) or picture.mode[0] not in "IF":
        return False
    photometric: int = picture.tag_v2.get(PHOTOMETRIC_INTERPRETATION, 1)
    return photometric == WHITE_IS_ZERO


def _of_deep(file: StoredFile, picture: Image.Image, bits: int | None) -> Pixels:
    if picture.format != "PNG" or _is_turned(picture) or picture.tell():
        raise ValueError(
            "16 bits per color, which are read from an upright PNG file of one image; save it as such, or as"
            " NPY"
        )
    with file.open() as stream:
        values, depth = deep_pixels(stream)
    return from_array(values, bits, depth)
