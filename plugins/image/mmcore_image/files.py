"""Reading one image file."""

from pathlib import Path

import numpy as np
from PIL import Image

from mmcore import MmcoreError


def open_picture(path: Path) -> Image.Image:
    """Return the image in a file, of mode ``L`` or ``RGB``, 8 bits per channel.

    Images of 16 bits are scaled to 8; transparent pixels become white.

    Raises:
        MmcoreError: the file is not a readable image.
    """
    try:
        if path.suffix.lower() == ".npy":
            return _from_array(np.load(path, allow_pickle=False))
        with Image.open(path) as picture:
            picture.load()
            return _eight_bits(picture)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise MmcoreError(
            f"'{path}' is not a readable image ({error}); expected PNG, JPEG, TIFF or NPY"
        ) from error


def _eight_bits(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith("I") or picture.mode == "F":
        return _from_array(np.asarray(picture))
    if "A" in picture.getbands() or "transparency" in picture.info:
        above = picture.convert("RGBA")
        paper = Image.new("RGBA", above.size, "white")
        picture = Image.alpha_composite(paper, above)
        gray = picture.convert("L")
        colored = np.ptp(np.asarray(picture)[..., :3].astype(int), axis=-1).any()
        return picture.convert("RGB") if colored else gray
    return picture.convert("L" if picture.mode in ("1", "L") else "RGB")


def _from_array(array: np.ndarray) -> Image.Image:
    """Return an array (H, W), (H, W, C) or (C, H, W) of bytes, 16 bits, or floats in [0, 1] as an image."""
    if array.ndim == 3 and array.shape[-1] not in (1, 3) and array.shape[0] in (1, 3):
        array = array.transpose(1, 2, 0)
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[-1] not in (1, 3)):
        raise ValueError(f"an array of shape {array.shape}, expected (H, W) or (H, W, 3)")
    if array.ndim == 3 and array.shape[-1] == 1:
        array = array[..., 0]
    if array.dtype.kind == "f":
        if not np.isfinite(array).all() or array.min() < 0 or array.max() > 1:
            raise ValueError("floats outside 0 to 1")
        array = np.round(array * 255)
    elif array.dtype.kind not in "bui" or array.min() < 0 or array.max() > 65535:
        raise ValueError(f"values of type {array.dtype}, expected integers from 0 to 65535")
    elif array.dtype.itemsize > 1:
        array = array // 257
    return Image.fromarray(array.astype(np.uint8))
