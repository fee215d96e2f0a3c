"""The networks and the likelihood of ``image``."""

import math
from itertools import pairwise

import torch
from torch import nn

from mmcore.modality import Classifier
from mmcore.nn import Crop, ImageModality, PosteriorHead
from mmcore.plugins import Context
from mmcore_image.settings import ImageSettings

SMALLEST = 4
"""Smallest number of pixels along the shorter side of the encoder's last layer."""
WIDEST = 8
"""Largest ratio of the channels of the last convolution and of the first."""


class Picture(ImageModality):
    """Images of one size with convolutional networks and a Laplace likelihood.

    A value is (C, H, W) in [0, 1], stored as bytes; C is 1 or 3.
    """

    def __init__(self, settings: ImageSettings, context: Context) -> None:
        shape = torch.Size((3 if settings.color else 1, *settings.sides))
        halvings = max(1, int(math.log2(min(settings.sides) / SMALLEST)))
        channels = [settings.features * min(2**n, WIDEST) for n in range(halvings)]
        last = (channels[-1], *(-(-side // 2**halvings) for side in shape[1:]))
        encoder = nn.Sequential(
            *_down([shape[0], *channels], last[1:]),
            nn.Flatten(),
            PosteriorHead(math.prod(last), context.content_dim, context.style_dim),
        ).to(memory_format=torch.channels_last)
        decoder = nn.Sequential(
            nn.Linear(context.latent_dim, math.prod(last)),
            nn.ReLU(inplace=True),
            nn.Unflatten(1, last),
            *_up([*reversed(channels), shape[0]]),
            Crop(*shape[1:]),
        ).to(memory_format=torch.channels_last)
        super().__init__(encoder, decoder, settings.scale)
        self.shape = shape

    @property
    def event_shape(self) -> torch.Size:
        """Channels, height and width."""
        return self.shape

    def classifier(self, classes: int) -> Classifier:
        """Return a small convolutional network."""
        body = nn.Sequential(
            nn.Conv2d(self.shape[0], 32, 3, stride=2, padding=1),
            nn.BatchNorm2d(32),
            nn.ReLU(inplace=True),
            nn.Conv2d(32, 64, 3, stride=2, padding=1),
            nn.BatchNorm2d(64),
            nn.ReLU(inplace=True),
            nn.AdaptiveAvgPool2d(4),
            nn.Flatten(),
            nn.Dropout(0.3),
            nn.Linear(64 * 16, 128),
            nn.ReLU(inplace=True),
        ).to(memory_format=torch.channels_last)
        return Classifier(body, nn.Linear(128, classes))


def _down(channels: list[int], last: tuple[int, ...]) -> list[nn.Module]:
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(channels):
        layers += [nn.Conv2d(inputs, outputs, 4, stride=2, padding=1), nn.ReLU(inplace=True)]
    # Convolutions round an odd size down; the decoder needs it rounded up.
    return [*layers, nn.AdaptiveAvgPool2d(last)]


def _up(channels: list[int]) -> list[nn.Module]:
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(channels):
        layers += [
            nn.ConvTranspose2d(inputs, outputs, 4, stride=2, padding=1),
            nn.ReLU(inplace=True),
        ]
    return layers[:-1]
