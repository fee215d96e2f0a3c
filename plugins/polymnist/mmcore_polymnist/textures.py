"""Five textures on which digits are placed: two photographs of scikit-learn and three that are drawn."""

from functools import cache

import numpy as np
from PIL import Image

from mmcore.storage.packages import package_file

__all__ = ["TEXTURES", "texture"]

SIDE = 256
CELLS = 900
WAVES = 6
SEED = 2021


def _photograph(name: str) -> np.ndarray:
    with Image.open(package_file("sklearn", f"datasets/images/{name}")) as photograph:
        return np.asarray(photograph)


def _cells() -> np.ndarray:
    """Return Voronoi cells; few of their colors are close to gray, which an inversion does not change."""
    from scipy.spatial import KDTree  # which the other textures do not need

    rng = np.random.default_rng([SEED, 0])
    corners, colors = rng.uniform(0, SIDE, (CELLS, 2)), rng.beta(0.4, 0.4, (CELLS, 3))
    pixels = np.stack(np.mgrid[:SIDE, :SIDE], axis=-1).reshape(-1, 2)
    nearest = KDTree(corners).query(pixels)[1]
    return _bytes(colors[nearest].reshape(SIDE, SIDE, 3))


def _clouds() -> np.ndarray:
    """Return noise with a falling spectrum, in each color, with a high contrast."""
    rng = np.random.default_rng([SEED, 1])
    frequency = np.hypot(np.fft.fftfreq(SIDE)[:, None], np.fft.fftfreq(SIDE)[None, :])
    falling = np.maximum(frequency, 1 / SIDE) ** -1.4
    noise = np.fft.fft2(rng.normal(size=(3, SIDE, SIDE)))
    values = np.fft.ifft2(noise * falling).real
    values = (values - values.mean((1, 2), keepdims=True)) / values.std((1, 2), keepdims=True)
    return _bytes(0.5 + 0.5 * np.tanh(1.5 * values).transpose(1, 2, 0))


def _waves() -> np.ndarray:
    """Return the interference of plane waves, in each color."""
    rng = np.random.default_rng([SEED, 2])
    angle, length = rng.uniform(0, np.pi, (WAVES, 3)), rng.uniform(8, 40, (WAVES, 3))
    phase = rng.uniform(0, 2 * np.pi, (WAVES, 3))
    y, x = np.mgrid[:SIDE, :SIDE]
    along = x[..., None, None] * np.cos(angle) + y[..., None, None] * np.sin(angle)
    values = np.sin(2 * np.pi * along / length + phase).sum(2)
    return _bytes(0.5 + 0.5 * np.tanh(values))


def _bytes(values: np.ndarray) -> np.ndarray:
    return (255 * values.clip(0, 1)).round().astype(np.uint8)


TEXTURES = {
    "china": lambda: _photograph("china.jpg"),
    "flower": lambda: _photograph("flower.jpg"),
    "cells": _cells,
    "clouds": _clouds,
    "waves": _waves,
}
"""The function that makes each texture, by name; texture m of this mapping is that of ``polymnist-mM``."""


@cache
def texture(number: int) -> np.ndarray:
    """Return a texture, (H, W, 3) uint8, the same in every call."""
    return list(TEXTURES.values())[number]()
