"""Convolutions along one axis, as many as its length asks for."""

import math
from itertools import pairwise

from torch import Tensor, nn

SMALLEST = 8
"""Places along a sequence at which convolutions end."""
WIDEST = 4
"""How many times the first number of channels the last has at most."""


class Shortening(nn.Module):
    """Convolutions that halve a sequence until few places are left.

    Shapes:
        x: (B, inputs, length). returns: (B, features).

    Arguments:
        inputs: channels.
        width: channels of the first convolution; they double up to four times that.
        length: places.
    """

    def __init__(self, inputs: int, width: int, length: int) -> None:
        super().__init__()
        channels, last = _channels(width, length)
        self.features = channels[-1] * last
        layers: list[nn.Module] = [nn.Conv1d(inputs, channels[0], 5, padding=2), nn.SiLU()]
        for given, wanted in pairwise(channels):
            layers += [nn.Conv1d(given, wanted, 4, stride=2, padding=1), nn.SiLU()]
        self.layers = nn.Sequential(*layers, nn.AdaptiveAvgPool1d(last), nn.Flatten())

    def forward(self, x: Tensor) -> Tensor:
        """Return the features."""
        features: Tensor = self.layers(x)
        return features


class Lengthening(nn.Module):
    """Transposed convolutions from few places to a sequence, the mirror of `Shortening`.

    Shapes:
        x: (B, features). returns: (B, outputs, length).
    """

    def __init__(self, features: int, outputs: int, width: int, length: int) -> None:
        super().__init__()
        channels, last = _channels(width, length)
        self.length = length
        layers: list[nn.Module] = [
            nn.Linear(features, channels[-1] * last),
            nn.SiLU(),
            nn.Unflatten(1, (channels[-1], last)),
        ]
        for given, wanted in pairwise(reversed(channels)):
            layers += [nn.ConvTranspose1d(given, wanted, 4, stride=2, padding=1), nn.SiLU()]
        self.layers = nn.Sequential(*layers, nn.Conv1d(channels[0], outputs, 5, padding=2))

    def forward(self, x: Tensor) -> Tensor:
        """Return the sequence."""
        sequence: Tensor = self.layers(x)
        return sequence[..., : self.length]


def _channels(width: int, length: int) -> tuple[list[int], int]:
    """Return the channels after every halving, the first before any, and the places that are left."""
    halvings = max(0, int(math.log2(max(length / SMALLEST, 1))))
    channels = [width * min(2**n, WIDEST) for n in range(halvings + 1)]
    return channels, -(-length // 2**halvings)
