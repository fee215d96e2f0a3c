"""Arrays of pixels, and the value that is displayed as white."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

__all__ = ["Pixels", "from_array"]

BYTE = 255
DEPTHS = {"uint8": 8, "uint16": 16}
"""Bits of a pixel, by the types of integers that state them."""


@dataclass(frozen=True, slots=True)
class Pixels:
    """The pixels of one image.

    Arguments:
        values: (H, W) or (H, W, 3); 0 is black.
        white: the value of white, by the depth of the file.
        turned: whether the file states an orientation, by which the image has been turned upright.
    """

    values: np.ndarray
    white: float = BYTE
    turned: bool = False

    @property
    def colored(self) -> bool:
        """True if the image has three channels."""
        return self.values.ndim == 3

    def share(self) -> np.ndarray:
        """Return the values as float32 in [0, 1]."""
        return (self.values / np.float64(self.white)).astype(np.float32)

    def picture(self) -> Image.Image:
        """Return the image in 8 bits per channel, of mode ``L`` or ``RGB``."""
        if self.white == BYTE and self.values.dtype == np.uint8:
            return Image.fromarray(self.values)
        return Image.fromarray(np.round(self.values * (BYTE / self.white)).astype(np.uint8))


def from_array(array: np.ndarray, bits: int | None = None, depth: int | None = None) -> Pixels:
    """Return an array (H, W), (H, W, C) or (C, H, W) of integers, booleans, or floats in [0, 1].

    Arguments:
        array: with one or three channels.
        bits: bits that are used of each pixel; default: all.
        depth: bits of a stored pixel; default: by the type.

    Raises:
        ValueError: the array is not an image, or a pixel is outside its range.
    """
    array = _channels_last(array)
    if array.dtype.kind == "f":
        if not np.isfinite(array).all() or array.min() < 0 or array.max() > 1:
            raise ValueError("floats outside 0 to 1; divide them by the value of white")
        return Pixels(array, 1.0)
    if array.dtype.kind == "b":
        return Pixels(array.astype(np.uint8) * np.uint8(BYTE))
    if array.dtype.kind not in "ui":
        raise ValueError(f"values of type {array.dtype}, expected integers, booleans or floats")
    depth = depth or DEPTHS.get(array.dtype.name)
    if depth is None and bits is None:
        raise ValueError(
            f"integers of {8 * array.dtype.itemsize} bits, of which the file does not state how many are"
            " used; set bits in the study file, for example bits: 12"
        )
    white = 2 ** min(filter(None, (bits, depth))) - 1
    if array.min() < 0 or array.max() > white:
        wrong = array.min() if array.min() < 0 else array.max()
        raise ValueError(
            f"the pixel {wrong}, expected 0 to {white}; correct bits in the study file"
        )
    return Pixels(array, white)


def _channels_last(array: np.ndarray) -> np.ndarray:
    if array.ndim == 3 and array.shape[-1] not in (1, 3) and array.shape[0] in (1, 3):
        array = array.transpose(1, 2, 0)
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[-1] not in (1, 3)):
        raise ValueError(f"an array of shape {array.shape}, expected (H, W) or (H, W, 3)")
    if not array.size:
        raise ValueError("no pixels")
    return array[..., 0] if array.ndim == 3 and array.shape[-1] == 1 else array
