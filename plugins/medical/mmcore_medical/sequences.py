"""Stacks of 1-D convolutions, whose depth depends on the length of the sequence."""

import math
from itertools import pairwise

from torch import Tensor, nn

SMALLEST = 8
"""Smallest length of the last layer."""
WIDEST = 4
"""Largest ratio of the channels of the last convolution and of the first."""


class Shortening(nn.Module):
    """Convolutions that halve the length of a sequence until it is short.

    Shapes:
        x: (B, inputs, length). returns: (B, features).

    Arguments:
        inputs: channels of the sequence.
        width: channels of the first convolution; each following one has twice as many, up to 4 * width.
        length: length of the sequence.
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
    """Transposed convolutions from features to a sequence, the mirror image of `Shortening`.

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
    """Return the channels before the first and after each halving, and the final length."""
    halvings = max(0, int(math.log2(max(length / SMALLEST, 1))))
    channels = [width * min(2**n, WIDEST) for n in range(halvings + 1)]
    return channels, -(-length // 2**halvings)
