"""Images that resemble house numbers, drawn with Pillow, for use without the files of SVHN."""

from pathlib import Path

import numpy as np
import torch
from matplotlib import get_data_path
from PIL import Image, ImageDraw, ImageFilter, ImageFont
from torch import Tensor

FONTS = (
    "DejaVuSans.ttf",
    "DejaVuSans-Bold.ttf",
    "DejaVuSansMono-Bold.ttf",
    "DejaVuSerif-Bold.ttf",
)
CANVAS = 64
SIDE = 32
SIZES = range(48, 56, 2)
SLOPE = np.linspace(-1, 1, SIDE, dtype=np.float32)
"""Of the light, from left to right."""


def draw_crops(count: int, seed: int) -> tuple[Tensor, Tensor]:
    """Return ``count`` drawn images, (N, 3, 32, 32) uint8, and their digits, (N,).

    ``seed`` decides font, size, colors, tilt, position, adjacent digits, blur and noise.
    """
    rng = np.random.default_rng(seed)
    folder = Path(get_data_path()) / "fonts" / "ttf"
    fonts = [ImageFont.truetype(str(folder / name), size) for name in FONTS for size in SIZES]
    sized = [(font, font.getlength("0")) for font in fonts]
    labels = rng.integers(0, 10, count)
    crops = np.stack([_draw(int(label), sized, rng) for label in labels])
    return torch.from_numpy(crops).permute(0, 3, 1, 2), torch.from_numpy(labels)


def _draw(
    digit: int, fonts: list[tuple[ImageFont.FreeTypeFont, float]], rng: np.random.Generator
) -> np.ndarray:
    """Return one image; each font has the width of a digit."""
    paper, ink = _colors(rng)
    font, width = fonts[rng.integers(len(fonts))]
    picture = Image.new("RGB", (CANVAS, CANVAS), paper)
    pen = ImageDraw.Draw(picture)
    center = CANVAS / 2 + rng.uniform(-2, 2, 2)
    gap = width * rng.uniform(1.15, 1.35)
    for side in (-1, 1):
        if rng.random() < 0.35:
            pen.text(
                (center[0] + side * gap, center[1]), str(rng.integers(10)), ink, font, anchor="mm"
            )
    pen.text((center[0], center[1]), str(digit), ink, font, anchor="mm")
    picture = picture.rotate(rng.uniform(-5, 5), Image.Resampling.BILINEAR, fillcolor=paper)
    picture = picture.filter(ImageFilter.GaussianBlur(rng.uniform(0, 1.6)))
    small = np.asarray(picture.resize((SIDE, SIDE), Image.Resampling.BOX), dtype=np.float32)
    light = SLOPE * rng.uniform(-10, 10)
    grain = rng.normal(0, rng.uniform(1, 5), small.shape)
    return (small + light[:, None, None] + grain).clip(0, 255).astype(np.uint8)


def _colors(rng: np.random.Generator) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return a muted background color and a text color that is clearly darker or lighter."""
    brightness = rng.uniform(70, 180)
    away = rng.uniform(70, 110) * (1 if brightness < 110 else -1)
    tint = rng.normal(0, 12, (2, 3))
    paper, ink = (np.array([[brightness], [brightness + away]]) + tint).clip(0, 255)
    return tuple(map(int, paper)), tuple(map(int, ink))
