"""Color images of 16 bits per channel, of which Pillow reads 8."""

import zlib
from typing import BinaryIO

import numpy as np
from PIL import Image

__all__ = ["deep_pixels", "is_deep"]


def is_deep(picture: Image.Image) -> bool:
    """Return whether an opened file has more bits per color than Pillow reads."""
    return picture.mode in ("RGB", "RGBA", "LA") and ";16" in str(picture.tile)


def deep_pixels(stream: BinaryIO) -> tuple[np.ndarray, int]:
    """Return the pixels of a PNG file, (H, W) or (H, W, 3), on white, and the bits that it states.

    Raises:
        ValueError: the file is damaged.
    """
    import png  # only these files need it

    try:
        width, height, rows, about = png.Reader(file=stream).asDirect()
        values = np.stack([np.asarray(row, np.uint16) for row in rows])
    except (png.Error, zlib.error) as error:
        raise ValueError(str(error)) from error
    values = values.reshape(height, width, about["planes"])
    bits = int(about["bitdepth"])
    return (_on_white(values, 2**bits - 1) if about["alpha"] else values), bits


def _on_white(values: np.ndarray, white: int) -> np.ndarray:
    opacity = values[..., -1:] / white
    shown = np.round(values[..., :-1] * opacity + white * (1 - opacity)).astype(np.uint16)
    return shown if np.ptp(shown, axis=-1).any() else shown[..., :1]
