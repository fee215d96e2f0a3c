"""The networks of the paper and small ones, for peers; layers as in the modalities of mmcore.

One network of the paper for each of MNIST, SVHN and text, in plain torch.
"""

import torch
from torch import nn
from torch.nn.functional import one_hot

LATENT = 20
"""Size of the latent space: content 16 and style 4 of mmcore together."""
SYMBOLS, LENGTH = 71, 8
SHAPES = {"mnist": (1, 28, 28), "svhn": (3, 32, 32), "text": (LENGTH, SYMBOLS)}
SIZES = {"mnist": 784, "svhn": 3072, "text": LENGTH * SYMBOLS}


class Transposed(nn.Module):
    """Exchange of the positions and the symbols of texts."""

    def forward(self, x):
        return x.transpose(1, 2)


def bodies(w=32, text=128):
    """Return the encoders of the paper to (B, F), with F, by modality."""
    return {
        "mnist": (nn.Sequential(nn.Flatten(), nn.Linear(784, 400), nn.ReLU()), 400),
        "svhn": (
            nn.Sequential(
                nn.Conv2d(3, w, 4, 2, 1),
                nn.ReLU(),
                nn.Conv2d(w, 2 * w, 4, 2, 1),
                nn.ReLU(),
                nn.Conv2d(2 * w, 2 * w, 4, 2, 1),
                nn.ReLU(),
                nn.Conv2d(2 * w, 4 * w, 4, 2),
                nn.ReLU(),
                nn.Flatten(),
            ),
            4 * w,
        ),
        "text": (
            nn.Sequential(
                Transposed(),
                nn.Conv1d(SYMBOLS, text, 1),
                nn.ReLU(),
                nn.Conv1d(text, text, 4, 2, 1),
                nn.ReLU(),
                nn.Conv1d(text, text, 4, 2),
                nn.ReLU(),
                nn.Flatten(),
            ),
            text,
        ),
    }


def decoders(w=32, text=128):
    """Return the decoders of the paper from (B, 20), by modality."""
    return {
        "mnist": nn.Sequential(
            nn.Linear(LATENT, 400),
            nn.ReLU(),
            nn.Linear(400, 784),
            nn.Sigmoid(),
            nn.Unflatten(1, (1, 28, 28)),
        ),
        "svhn": nn.Sequential(
            nn.Linear(LATENT, 4 * w),
            nn.ReLU(),
            nn.Unflatten(1, (4 * w, 1, 1)),
            nn.ConvTranspose2d(4 * w, 2 * w, 4),
            nn.ReLU(),
            nn.ConvTranspose2d(2 * w, 2 * w, 4, 2, 1),
            nn.ReLU(),
            nn.ConvTranspose2d(2 * w, w, 4, 2, 1),
            nn.ReLU(),
            nn.ConvTranspose2d(w, 3, 4, 2, 1),
        ),
        "text": nn.Sequential(
            nn.Linear(LATENT, text),
            nn.Unflatten(1, (text, 1)),
            nn.ConvTranspose1d(text, text, 4),
            nn.ReLU(),
            nn.ConvTranspose1d(text, text, 4, 2, 1),
            nn.ReLU(),
            nn.Conv1d(text, SYMBOLS, 1),
            Transposed(),
        ),
    }


def images_and_texts(rows):
    """Return random images in [0, 1] and one-hot texts, as float32."""
    symbols = torch.randint(0, SYMBOLS, (rows, LENGTH))
    return {
        "mnist": torch.rand(rows, 1, 28, 28),
        "svhn": torch.rand(rows, 3, 32, 32),
        "text": one_hot(symbols, SYMBOLS).float(),
    }
