"""Reading one picture."""

from pathlib import Path

import numpy as np
from PIL import Image

from mmcore import MmcoreError


def open_picture(path: Path) -> Image.Image:
    """Return the picture in a file, of mode ``L`` or ``RGB``, 8 bits a channel.

    Sixteen bits are scaled to eight; transparent pixels become white.

    Raises:
        MmcoreError: it is no readable picture.
    """
    try:
        if path.suffix.lower() == ".npy":
            return _from_array(np.load(path, allow_pickle=False))
        with Image.open(path) as picture:
            picture.load()
            return _eight_bits(picture)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise MmcoreError(
            f"'{path}' is not a readable picture ({error}); expected PNG, JPEG, TIFF or NPY"
        ) from error


def _eight_bits(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith("I") or picture.mode == "F":
        return _from_array(np.asarray(picture))
    if "A" in picture.getbands() or "transparency" in picture.info:
        above = picture.convert("RGBA")
        paper = Image.new("RGBA", above.size, "white")
        picture = Image.alpha_composite(paper, above)
        grey = picture.convert("L")
        coloured = np.ptp(np.asarray(picture)[..., :3].astype(int), axis=-1).any()
        return picture.convert("RGB") if coloured else grey
    return picture.convert("L" if picture.mode in ("1", "L") else "RGB")


def _from_array(array: np.ndarray) -> Image.Image:
    """Return (H, W), (H, W, C) or (C, H, W) as a picture: bytes, 16 bits, or floats in [0, 1]."""
    if array.ndim == 3 and array.shape[-1] not in (1, 3) and array.shape[0] in (1, 3):
        array = array.transpose(1, 2, 0)
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[-1] not in (1, 3)):
        raise ValueError(f"an array of shape {array.shape}, expected (H, W) or (H, W, 3)")
    if array.ndim == 3 and array.shape[-1] == 1:
        array = array[..., 0]
    if array.dtype.kind == "f":
        if not np.isfinite(array).all() or array.min() < 0 or array.max() > 1:
            raise ValueError("floats that are not between 0 and 1")
        array = np.round(array * 255)
    elif array.dtype.kind not in "bui" or array.min() < 0 or array.max() > 65535:
        raise ValueError(f"values of type {array.dtype} that are neither bytes nor of 16 bits")
    elif array.dtype.itemsize > 1:
        array = array // 257
    return Image.fromarray(array.astype(np.uint8))
