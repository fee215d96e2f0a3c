"""Images of texts, for figures."""

import textwrap

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

__all__ = ["draw_texts"]

HEIGHT, WIDTH = 32, 128
LINES, COLUMNS, POINTS = 3, 24, 9


def draw_texts(texts: list[str]) -> Tensor:
    """Return black on white images, (B, 3, 32, 128) in [0, 1], of the first three lines."""
    return torch.stack([_drawn(text) for text in texts])


def _drawn(text: str) -> Tensor:
    picture = Image.new("RGB", (WIDTH, HEIGHT), "white")
    font = ImageFont.load_default(POINTS)
    lines = textwrap.wrap(text, COLUMNS)[:LINES]
    ImageDraw.Draw(picture).multiline_text(
        (WIDTH / 2, HEIGHT / 2), "\n".join(lines), "black", font, anchor="mm", align="center"
    )
    return torch.from_numpy(np.array(picture)).permute(2, 0, 1).float() / 255
