"""Images that resemble house numbers, for use without the files of SVHN.

Pillow renders each digit in each font once; an image is an affine map of up to three of these masks, which
is blurred and colored. All images of a chunk are computed together, in float64, so that rounding to uint8
gives the same pixels on every CPU.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.random import Generator
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor
from torch.nn import functional

from mmcore.storage.packages import package_file

FONTS = (
    "DejaVuSans.ttf",
    "DejaVuSans-Bold.ttf",
    "DejaVuSansMono-Bold.ttf",
    "DejaVuSerif-Bold.ttf",
)
"""Files of matplotlib."""
SIZES = range(48, 56, 2)
CANVAS = 64
"""Pixels along each side of a mask, which has twice the resolution of an image."""
SIDE = 32
CHUNK = 500
"""Images that are computed together: 16 MB of masks."""
NEIGHBOR = 0.35
"""Probability of a digit at the left, and of one at the right."""
SATURATION = 24
"""Mean deviation of the background from gray, in 255ths."""
THIRDS = 2 * np.pi / 3 * np.arange(3)
"""Angles of red, green and blue in the circle of hues."""
SLOPE = np.linspace(-1, 1, SIDE)[:, None]
"""Slope of the light, from top to bottom, (32, 1)."""


@dataclass(frozen=True, slots=True)
class Glyphs:
    """The digits in all fonts.

    Arguments:
        masks: opacity of the ink, (F, 10, 63, 63), each value the mean of 2 x 2 pixels.
        widths: width of a digit in each font, (F,).
    """

    masks: Tensor
    widths: np.ndarray


def draw_crops(count: int, seed: int) -> tuple[Tensor, Tensor]:
    """Return ``count`` drawn images, (N, 3, 32, 32) uint8, and their digits, (N,).

    ``seed`` decides font, size, colors, tilt, position, adjacent digits, blur and noise.
    """
    rng = np.random.default_rng(seed)
    glyphs = _rendered()
    labels = torch.from_numpy(rng.integers(0, 10, count))
    return torch.cat([_draw(chunk, glyphs, rng) for chunk in labels.split(CHUNK)]), labels


def _rendered() -> Glyphs:
    folder = package_file("matplotlib", "mpl-data/fonts/ttf")
    fonts = [ImageFont.truetype(str(folder / name), size) for name in FONTS for size in SIZES]
    masks = np.stack([[_mask(font, digit) for digit in "0123456789"] for font in fonts])
    means = functional.avg_pool2d(torch.from_numpy(masks) / 255.0, 2, stride=1)
    return Glyphs(means, np.array([font.getlength("0") for font in fonts]))


def _mask(font: ImageFont.FreeTypeFont, digit: str) -> np.ndarray:
    picture = Image.new("L", (CANVAS, CANVAS))
    ImageDraw.Draw(picture).text((CANVAS / 2, CANVAS / 2), digit, 255, font, anchor="mm")
    return np.asarray(picture, dtype=np.float64)


def _draw(labels: Tensor, glyphs: Glyphs, rng: Generator) -> Tensor:
    """Return one image of each of ``labels``, (B, 3, 32, 32) uint8."""
    paper, ink = _colors(len(labels), rng)
    opacity = _blurred(_placed(labels, glyphs, rng), rng.uniform(0, 0.8, (len(labels), 1, 1)))
    light = rng.uniform(-10, 10, (len(labels), 1, 1, 1)) * SLOPE
    shape = (len(labels), 3, SIDE, SIDE)
    grain = rng.standard_normal(shape, np.float32) * rng.uniform(1, 5, (len(labels), 1, 1, 1))
    images = paper + (ink - paper) * opacity[:, None] + torch.from_numpy(light + grain)
    return images.clamp(0, 255).to(torch.uint8)


def _placed(labels: Tensor, glyphs: Glyphs, rng: Generator) -> Tensor:
    """Return the opacity of each image, (B, 32, 32), before its blur."""
    count = len(labels)
    font = rng.integers(len(glyphs.widths), size=count)
    center = rng.uniform(-2, 2, (count, 1, 2))
    gap = glyphs.widths[font] * rng.uniform(1.15, 1.35, count)
    shown = rng.random((count, 3)) < [NEIGHBOR, 1, NEIGHBOR]
    digits = rng.integers(10, size=(count, 3))
    digits[:, 1] = labels
    center = center + gap[:, None, None] * [[-1, 0], [0, 0], [1, 0]]
    turns = _turns(rng.uniform(-5, 5, count))
    rows, places = shown.nonzero()
    maps = np.concatenate([turns[rows], -center[rows, places, :, None] * 2 / CANVAS], axis=2)
    # A mask has one value less than the canvas along each side.
    theta = torch.from_numpy(maps * CANVAS / (CANVAS - 1))
    grid = functional.affine_grid(theta, [len(rows), 1, SIDE, SIDE], align_corners=False)
    masks = glyphs.masks[font[rows], digits[rows, places], None]
    opacity = functional.grid_sample(masks, grid, align_corners=False)[:, 0]
    empty = torch.zeros(count, SIDE, SIDE, dtype=opacity.dtype)
    return empty.index_add(0, torch.from_numpy(rows), opacity).clamp(max=1)


def _turns(degrees: np.ndarray) -> np.ndarray:
    """Return a matrix of rotation for each angle, (B, 2, 2)."""
    cos, sin = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    return np.stack([np.stack([cos, -sin], 1), np.stack([sin, cos], 1)], 1)


def _blurred(images: Tensor, deviations: np.ndarray) -> Tensor:
    """Return (B, 32, 32) after Gaussian blur; ``deviations``, (B, 1, 1), are in pixels."""
    places = np.arange(SIDE)
    squares = (places[:, None] - places) ** 2
    weights = torch.from_numpy(np.exp(-squares / (2 * deviations**2 + 1e-6)))
    weights /= weights.sum(2, keepdim=True)
    return weights @ images @ weights.mT


def _colors(count: int, rng: Generator) -> tuple[Tensor, Tensor]:
    """Return background colors and clearly darker or lighter text colors, (B, 3, 1, 1)."""
    brightness = rng.uniform(70, 180, (count, 1))
    away = rng.uniform(70, 110, (count, 1)) * np.where(brightness < 110, 1, -1)
    # Most are nearly gray, some are as colored as a plate of enamel.
    hue, saturation = rng.uniform(0, 2 * np.pi, (count, 1)), rng.exponential(SATURATION, (count, 1))
    tint = saturation * np.cos(hue - THIRDS)
    ink = brightness + away + rng.normal(0, 12, (count, 3))
    return tuple(
        torch.from_numpy(c.clip(0, 255))[:, :, None, None] for c in (brightness + tint, ink)
    )  # type: ignore[return-value]
