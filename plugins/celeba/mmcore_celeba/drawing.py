"""Faces with known attributes, and images of strings, drawn with Pillow."""

import textwrap
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from mmcore_celeba.pictures import SIDE
from mmcore_celeba.strings import read

HAIR = {
    "Black_Hair": (35, 30, 30),
    "Blond_Hair": (225, 190, 110),
    "Brown_Hair": (115, 70, 40),
    "Gray_Hair": (165, 165, 170),
}
SKIN = {"Dark_Skin": (130, 85, 60), "Pale_Skin": (245, 220, 205)}
OTHERS = {
    "Bald": 0.12,
    "Bangs": 0.3,
    "Blue_Background": 0.4,
    "Eyeglasses": 0.25,
    "Full_Beard": 0.2,
    "Long_Hair": 0.4,
    "Mustache": 0.15,
    "Smiling": 0.5,
    "Wearing_Earrings": 0.2,
    "Wearing_Hat": 0.15,
}
NAMES = tuple(sorted([*HAIR, *SKIN, *OTHERS]))
"""Attributes of drawn faces, similar to those of CelebA."""

BETWEEN = (205, 160, 130)
CANVAS = 2 * SIDE
LINES, LETTERS = 12, 25


def draw_attributes(count: int, seed: int) -> np.ndarray:
    """Return random attributes of ``count`` faces, (N, 16) int8.

    A face has one color of hair and one of skin. A bald head has neither hair nor a hat; a hat covers bangs.
    """
    rng = np.random.default_rng([seed, 0])
    has = {name: rng.random(count) < rate for name, rate in OTHERS.items()}
    has["Wearing_Hat"] &= ~has["Bald"]
    has["Bangs"] &= ~has["Bald"] & ~has["Wearing_Hat"]
    has["Long_Hair"] &= ~has["Bald"]
    hair, skin = rng.integers(0, len(HAIR), count), rng.integers(0, len(SKIN) + 1, count)
    has |= {name: (hair == place) & ~has["Bald"] for place, name in enumerate(HAIR)}
    has |= {name: skin == place for place, name in enumerate(SKIN)}
    return np.stack([has[name] for name in NAMES], axis=1).astype(np.int8)


def draw_faces(attributes: np.ndarray, seed: int) -> np.ndarray:
    """Return images of faces with these attributes, (N, 64, 64, 3) uint8.

    ``seed`` decides position, size, shades and grain, which no attribute describes.
    """
    rng = np.random.default_rng([seed, 1])
    return np.stack([_face(_has(row), rng) for row in attributes])


def _has(row: np.ndarray) -> set[str]:
    return {NAMES[place] for place in np.flatnonzero(row)}


@dataclass(frozen=True, slots=True)
class _Pen:
    """A pen in coordinates relative to the face: 0 is its center, 1 its edge."""

    draw: ImageDraw.ImageDraw
    center: np.ndarray
    size: np.ndarray

    def _box(self, left: float, top: float, right: float, bottom: float) -> list[float]:
        corners = self.center + np.array([[left, top], [right, bottom]]) * self.size
        return [float(value) for value in corners.ravel()]

    def disc(self, box: tuple[float, float, float, float], color: tuple[int, ...]) -> None:
        self.draw.ellipse(self._box(*box), fill=color)

    def ring(self, box: tuple[float, float, float, float], color: tuple[int, ...]) -> None:
        self.draw.ellipse(self._box(*box), outline=color, width=3)

    def slab(self, box: tuple[float, float, float, float], color: tuple[int, ...]) -> None:
        self.draw.rectangle(self._box(*box), fill=color)

    def arc(
        self, box: tuple[float, float, float, float], ends: tuple[int, int], color: tuple[int, ...]
    ) -> None:
        self.draw.arc(self._box(*box), *ends, fill=color, width=4)

    def half(
        self, box: tuple[float, float, float, float], ends: tuple[int, int], color: tuple[int, ...]
    ) -> None:
        self.draw.chord(self._box(*box), *ends, fill=color)


def _face(has: set[str], rng: np.random.Generator) -> np.ndarray:
    paper = _shade((70, 115, 190) if "Blue_Background" in has else (190, 185, 170), rng, 25)
    picture = Image.new("RGB", (CANVAS, CANVAS), paper)
    center = np.array([CANVAS / 2, CANVAS * 0.55]) + rng.uniform(-5, 5, 2)
    pen = _Pen(ImageDraw.Draw(picture), center, rng.uniform((31, 40), (38, 46)))
    skin = _shade(next((SKIN[name] for name in SKIN if name in has), BETWEEN), rng, 10)
    hair = _shade(next((HAIR[name] for name in HAIR if name in has), skin), rng, 12)
    _hair_behind(pen, has, hair)
    pen.disc((-1, -1, 1, 1), skin)
    _beard(pen, has, hair if "Bald" not in has else _shade((90, 60, 45), rng, 12))
    _features(pen, has, skin)
    _on_top(pen, has, hair, _shade((150, 50, 60), rng, 40))
    small = np.asarray(picture.resize((SIDE, SIDE), Image.Resampling.BOX), dtype=np.float32)
    grain = rng.normal(0, 3, small.shape)
    return (small * rng.uniform(0.9, 1.08) + grain).clip(0, 255).astype(np.uint8)


def _hair_behind(pen: _Pen, has: set[str], hair: tuple[int, ...]) -> None:
    if "Bald" in has:
        return
    pen.disc((-1.15, -1.25, 1.15, 0.6), hair)
    if "Long_Hair" in has:
        pen.slab((-1.15, -0.3, 1.15, 1.1), hair)


def _beard(pen: _Pen, has: set[str], color: tuple[int, ...]) -> None:
    if "Full_Beard" in has:
        pen.half((-0.95, -0.95, 0.95, 1.0), (20, 160), color)
    if "Mustache" in has:
        pen.half((-0.45, 0.28, 0.45, 0.66), (180, 360), color)


def _features(pen: _Pen, has: set[str], skin: tuple[int, ...]) -> None:
    dark = (30, 25, 25)
    for side in (-0.4, 0.4):
        pen.disc((side - 0.17, -0.25, side + 0.17, 0.0), (250, 250, 250))
        pen.disc((side - 0.08, -0.21, side + 0.08, -0.04), dark)
        if "Eyeglasses" in has:
            pen.ring((side - 0.32, -0.38, side + 0.32, 0.12), dark)
        if "Wearing_Earrings" in has:
            gold = np.sign(side) * 1.02
            pen.disc((gold - 0.12, 0.15, gold + 0.12, 0.4), (255, 215, 40))
    pen.disc((-0.1, 0.1, 0.1, 0.3), tuple(int(0.8 * value) for value in skin))
    if "Smiling" in has:
        pen.half((-0.45, 0.2, 0.45, 0.8), (15, 165), (250, 245, 240))
        pen.arc((-0.45, 0.2, 0.45, 0.8), (15, 165), (160, 40, 50))
    else:
        pen.slab((-0.3, 0.55, 0.3, 0.62), (160, 60, 60))


def _on_top(pen: _Pen, has: set[str], hair: tuple[int, ...], hat: tuple[int, ...]) -> None:
    if "Bald" not in has:
        pen.half((-1.02, -1.1, 1.02, 0.3), (205, 335), hair)
    if "Bangs" in has:
        pen.slab((-0.78, -0.75, 0.78, -0.42), hair)
    if "Wearing_Hat" in has:
        pen.half((-1.1, -1.6, 1.1, 0.2), (180, 360), hat)
        pen.slab((-1.4, -0.78, 1.4, -0.6), hat)


def _shade(color: tuple[int, ...], rng: np.random.Generator, spread: float) -> tuple[int, ...]:
    near = np.array(color) + rng.uniform(-spread, spread) + rng.normal(0, spread / 4, 3)
    return tuple(int(value) for value in near.clip(0, 255))


def draw_strings(codes: Tensor) -> Tensor:
    """Return black on white images, (B, 3, 128, 128) in [0, 1], of (B, 256) indices."""
    return torch.stack([_written(text) for text in read(codes)])


def _written(text: str) -> Tensor:
    picture = Image.new("RGB", (CANVAS, CANVAS), "white")
    lines = textwrap.wrap(text, LETTERS)[:LINES]
    font = ImageFont.load_default(9)
    ImageDraw.Draw(picture).multiline_text((2, 2), "\n".join(lines), "black", font, spacing=1)
    return torch.from_numpy(np.array(picture)).permute(2, 0, 1).float() / 255
