"""Images of strings, for figures."""

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from mmcore_text.alphabet import decode

HEIGHT, WIDTH = 32, 64


def draw_strings(places: Tensor) -> Tensor:
    """Return black on white images, (B, 3, 32, 64) in [0, 1], of (B, length) indices."""
    return torch.stack([_draw(text) for text in decode(places)])


def _draw(text: str) -> Tensor:
    picture = Image.new("RGB", (WIDTH, HEIGHT), "white")
    font = ImageFont.load_default(15)
    pen = ImageDraw.Draw(picture)
    step = WIDTH / len(text)
    for place, character in enumerate(text):
        pen.text(((place + 0.5) * step, HEIGHT / 2), character, "black", font, anchor="mm")
    return torch.from_numpy(np.array(picture)).permute(2, 0, 1).float() / 255
