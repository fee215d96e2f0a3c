"""Digits placed on a texture, in the manner of the published data set."""

from dataclasses import dataclass

import numpy as np
import torch
from torch.nn.functional import interpolate

__all__ = ["Arranged", "arranged", "place_on_texture"]

SIDE, SMALL = 28, 21
"""Pixels along the side of an image, and of the digit of a translated image."""
INK = 128
"""Brightness from which a pixel belongs to the digit."""
CHUNK = 5000


@dataclass(frozen=True, slots=True)
class Arranged:
    """The digit of each image.

    Arguments:
        order: index of the digit, (N,).
        labels: class of the digit, (N,), ascending.
        ranks: number of the image within its class, (N,). Images of two modalities with the same class
            and the same number are an item.
    """

    order: np.ndarray
    labels: np.ndarray
    ranks: np.ndarray

    @property
    def keys(self) -> tuple[str, ...]:
        """The key of each item, ``RANK.CLASS``, which is the name of a published file without suffix."""
        return tuple(f"{rank}.{label}" for rank, label in zip(self.ranks, self.labels, strict=True))


def arranged(labels: np.ndarray, seed: list[int]) -> Arranged:
    """Return the digits of each class in a random order that depends on ``seed``."""
    order = np.lexsort([np.random.default_rng(seed).random(len(labels)), labels])
    sorted_labels = labels[order]
    starts = np.searchsorted(sorted_labels, sorted_labels)
    return Arranged(order, sorted_labels, np.arange(len(labels)) - starts)


def place_on_texture(
    digits: np.ndarray, texture: np.ndarray, seed: list[int], out: np.ndarray, *, translated: bool
) -> None:
    """Write images of digits to ``out``: a random part of the texture, inverted where the digit is.

    Shapes:
        digits: (N, 28, 28) uint8. texture: (H, W, 3) uint8. out: (N, 28, 28, 3) uint8.

    Arguments:
        digits: gray images.
        texture: the background.
        seed: decides the parts of the texture and the places of translated digits.
        out: receives the images.
        translated: whether digits are reduced to 21 x 21 pixels and moved to a random place.
    """
    rng = np.random.default_rng(seed)
    windows = np.lib.stride_tricks.sliding_window_view(texture, (SIDE, SIDE), axis=(0, 1))
    rows = rng.integers(0, windows.shape[0], len(digits))
    columns = rng.integers(0, windows.shape[1], len(digits))
    shifts = rng.integers(0, SIDE - SMALL + 1, (len(digits), 2))
    for start in range(0, len(digits), CHUNK):
        part = slice(start, start + CHUNK)
        ink = _moved(digits[part], shifts[part]) if translated else digits[part]
        background = windows[rows[part], columns[part]].transpose(0, 2, 3, 1)
        np.copyto(out[part], background)
        np.subtract(255, background, out=out[part], where=(ink >= INK)[..., None])


def _moved(digits: np.ndarray, shifts: np.ndarray) -> np.ndarray:
    small = interpolate(torch.from_numpy(digits[:, None]).float(), SMALL, mode="bilinear")
    canvas = np.zeros_like(digits)
    rows, columns = (shifts[:, axis, None] + np.arange(SMALL) for axis in (0, 1))
    items = np.arange(len(digits))[:, None, None]
    canvas[items, rows[:, :, None], columns[:, None, :]] = small[:, 0].numpy()
    return canvas
