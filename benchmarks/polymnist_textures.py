"""How many nats a digit explains of a built image of PolyMNIST, with and without knowledge of the texture.

    uv run python benchmarks/polymnist_textures.py --data-dir DATA

For each modality, the table has the gain in log p of an image, in nats for the Laplace likelihood of scale
.75, if the pixels of the digit are known: where the part of the texture is known too, and where it is not.
Without the digit, a pixel is described by its best constant, which depends on the share of digits that
cover it. ``--rows`` digits of the test set are used.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from mmcore_mnist.data import MnistData
from mmcore_polymnist.building import INK
from mmcore_polymnist.textures import TEXTURES, texture

from mmcore import Noise

__all__ = ["Gain", "gain_of", "main"]

SCALE = 0.75
LEVELS = np.linspace(0, 1, 51)
"""Constants that are tried as descriptions of a pixel."""


@dataclass(frozen=True, slots=True)
class Gain:
    """Gain in log p of an image by knowledge of its digit, in nats.

    Arguments:
        mean: of the texture, from 0 to 1.
        unknown: gain where the texture is not known.
        known: gain where it is known.
    """

    mean: float
    unknown: float
    known: float


def gain_of(values: np.ndarray, cover: np.ndarray) -> Gain:
    """Return the gain for a texture.

    Shapes:
        values: (N, 3), colors of the texture, from 0 to 1. cover: (H, W), share of digits with a pixel.
    """
    plain = np.abs(values[:, :, None] - LEVELS).mean(0)  # of a pixel beside the digit, by constant
    inverted = plain[:, ::-1]
    share = cover.reshape(-1, 1, 1)
    either = ((1 - share) * plain + share * inverted).min(2).sum()
    given = plain.min(1).sum() * cover.size
    known = np.abs(1 - 2 * values).mean(0).sum() * np.minimum(cover, 1 - cover).sum()
    return Gain(float(values.mean()), (either - given) / SCALE, known / SCALE)


def covered(data_dir: Path, rows: int) -> np.ndarray:
    """Return the share of digits that have ink at each pixel, (28, 28)."""
    view = MnistData().load(data_dir, "test")
    digits = view.fetch(torch.arange(rows), Noise(rows))[:, 0].numpy()
    share: np.ndarray = (digits >= INK).mean(0)
    return share


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Compare the textures of built images.")
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--rows", type=int, default=2000)
    arguments = parser.parse_args()
    cover = covered(arguments.data_dir, arguments.rows)
    print("| modality | texture | mean | texture not known | texture known |")
    print("| --- | --- | ---: | ---: | ---: |")
    for number, name in enumerate(TEXTURES):
        gain = gain_of(texture(number).reshape(-1, 3) / 255, cover)
        numbers = f"{gain.mean:.2f} | {gain.unknown:.0f} | {gain.known:.0f}"
        print(f"| polymnist-m{number} | {name} | {numbers} |")


if __name__ == "__main__":
    main()
