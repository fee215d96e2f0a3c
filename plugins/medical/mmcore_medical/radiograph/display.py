"""Conversion of the stored pixels of a DICOM file to the displayed image."""

from collections.abc import Sequence

import numpy as np
from pydicom import Dataset
from pydicom.pixels import apply_color_lut, apply_modality_lut, apply_voi_lut

__all__ = ["EMPTY_WINDOW", "NO_WINDOW", "SEVERAL_WINDOWS", "displayed", "displayed_colors"]

NO_WINDOW, EMPTY_WINDOW, SEVERAL_WINDOWS = "no window", "empty window", "several windows"
"""Unusual properties of the window of a file."""
FAR = 1e9
"""Larger than the bounds of any window."""
LUMINANCE = np.array([0.299, 0.587, 0.114])
"""Weights of red, green and blue (ITU-R BT.601), as Pillow uses them."""


def displayed(stored: np.ndarray, headers: Sequence[Dataset]) -> tuple[np.ndarray, set[str]]:
    """Return the displayed image, (H, W) float32 in [0, 1], 0 black, and what is remarkable.

    Several frames are averaged. Padding is black, and has no part in the darkest and brightest pixel.

    Arguments:
        stored: (H, W), or (F, H, W) for several frames.
        headers: the display attributes of each frame, with the same window.
    """
    header = headers[0]
    padding = _padding(stored, header)
    if stored.ndim == 2:
        pixels = apply_modality_lut(stored, header)
    else:
        frames = zip(stored, headers, strict=True)
        pixels = np.stack([apply_modality_lut(frame, own) for frame, own in frames])
        weights = (~padding).sum(axis=0)
        pixels = np.where(padding, 0, pixels).sum(axis=0) / np.maximum(weights, 1)
        padding = weights == 0
    if header.get("VOILUTSequence") and pixels.dtype.kind == "f":
        pixels = np.round(pixels).astype(np.int32)  # the entries of a table are counted
    remarkable = _without_empty_window(header)
    black, white = _ends(pixels[~padding], header)
    shown = apply_voi_lut(pixels, header).astype(np.float32)
    grey = (shown - black) / (white - black) if white != black else np.zeros_like(shown)
    grey = grey.clip(0, 1).astype(np.float32)
    grey = 1 - grey if header.PhotometricInterpretation == "MONOCHROME1" else grey
    grey[padding] = 0
    return grey, remarkable


def displayed_colors(stored: np.ndarray, header: Dataset) -> np.ndarray:
    """Return a color image, or one with a palette, in grayscale, (H, W) float32 in [0, 1]."""
    if header.PhotometricInterpretation == "PALETTE COLOR":
        colors = apply_color_lut(stored, header)
        white = float(np.iinfo(colors.dtype).max)
    else:
        colors, white = stored, 2.0 ** int(header.BitsStored) - 1
    grey = colors[..., :3] @ LUMINANCE / white
    if grey.ndim == 3:
        grey = grey.mean(axis=0)
    return grey.clip(0, 1).astype(np.float32)


def _padding(stored: np.ndarray, header: Dataset) -> np.ndarray:
    first = header.get("PixelPaddingValue")
    if first is None:
        return np.zeros(stored.shape, dtype=bool)
    last = header.get("PixelPaddingRangeLimit")
    # The elements can have the other sign than the pixels; the cast gives the same bits.
    ends = np.array([first, first if last is None else last], np.int64).astype(stored.dtype)
    return (stored >= ends.min()) & (stored <= ends.max())


def _without_empty_window(header: Dataset) -> set[str]:
    """Remove a window that displays nothing, and return what is remarkable of the window."""
    if header.get("VOILUTSequence"):
        return set()
    centers, widths = (_numbers(header.get(name)) for name in ("WindowCenter", "WindowWidth"))
    least = 1 if header.get("VOILUTFunction", "LINEAR") == "LINEAR" else np.nextafter(0, 1)
    missing = not centers or not widths
    if missing or not widths[0] >= least or not np.isfinite([centers[0], widths[0]]).all():
        for name in {"WindowCenter", "WindowWidth"} & set(header.dir()):
            del header[name]
        return {NO_WINDOW if missing else EMPTY_WINDOW}
    return {SEVERAL_WINDOWS} if len(widths) > 1 else set()


def _numbers(value: object) -> list[float]:
    if value is None or value == "":
        return []
    several = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
    return [float(str(number)) for number in several]


def _ends(pixels: np.ndarray, header: Dataset) -> tuple[float, float]:
    """Return the values that are displayed as 0 and as 1, before MONOCHROME1 is inverted."""
    if header.get("VOILUTSequence"):
        entries, first, _ = header.VOILUTSequence[0].LUTDescriptor
        ends = apply_voi_lut(np.arange(first, first + (entries or 1 << 16)), header)
        return float(ends.min()), float(ends.max())
    if header.get("WindowCenter") is None:
        return (float(pixels.min()), float(pixels.max())) if pixels.size else (0.0, 0.0)
    black, white = apply_voi_lut(np.array([-FAR, FAR]), header)
    return float(black), float(white)
