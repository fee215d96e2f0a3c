"""The networks and the likelihood of ``image``."""

import math
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.distributions import Distribution

from mmcore import Modality, Posterior
from mmcore.likelihoods import FixedLaplace
from mmcore.modality import Classifier
from mmcore.nn import PosteriorHead, pixels
from mmcore.plugins import Context
from mmcore_image.settings import ImageSettings

SMALLEST = 4
"""Pixels along the shorter side at which convolutions end."""
WIDEST = 8
"""How many times the first number of channels the last has at most."""


class Picture(Modality):
    """Pictures of one size with convolutional networks and a Laplace likelihood.

    A value is (C, H, W) in [0, 1], stored as bytes; C is 1 or 3.
    """

    def __init__(self, settings: ImageSettings, context: Context) -> None:
        super().__init__()
        self.scale = settings.scale
        self.shape = torch.Size((3 if settings.colour else 1, settings.height, settings.width))
        halvings = max(1, int(math.log2(min(settings.height, settings.width) / SMALLEST)))
        channels = [settings.features * min(2**n, WIDEST) for n in range(halvings)]
        last = (channels[-1], *(-(-side // 2**halvings) for side in self.shape[1:]))
        self.encoder = nn.Sequential(
            *_down([self.shape[0], *channels], last[1:]),
            nn.Flatten(),
            PosteriorHead(math.prod(last), context.content_dim, context.style_dim),
        ).to(memory_format=torch.channels_last)
        self.decoder = nn.Sequential(
            nn.Linear(context.latent_dim, math.prod(last)),
            nn.ReLU(inplace=True),
            nn.Unflatten(1, last),
            *_up([*reversed(channels), self.shape[0]]),
        ).to(memory_format=torch.channels_last)

    @property
    def event_shape(self) -> torch.Size:
        """Channels, height and width."""
        return self.shape

    def encode(self, x: Tensor) -> Posterior:
        """Encode pictures in [0, 1]."""
        posterior: Posterior = self.encoder(x)
        return posterior

    def decode(self, content: Tensor, style: Tensor) -> Distribution:
        """Return Laplace densities around the decoded picture."""
        picture = self.decoder(torch.cat([style, content], dim=-1))
        return FixedLaplace(picture[..., : self.shape[1], : self.shape[2]], self.scale)

    def prepare(self, raw: Tensor) -> Tensor:
        """Turn bytes into [0, 1], in the memory order that convolutions like."""
        return pixels(raw)

    def render(self, x: Tensor) -> Tensor:
        """Show the picture."""
        return x.clamp(0, 1).expand(-1, 3, -1, -1)

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
    made: list[nn.Module] = []
    for given, wanted in pairwise(channels):
        made += [nn.Conv2d(given, wanted, 4, stride=2, padding=1), nn.ReLU(inplace=True)]
    # Odd sides are rounded down by the convolutions and up by the decoder.
    return [*made, nn.AdaptiveAvgPool2d(last)]


def _up(channels: list[int]) -> list[nn.Module]:
    made: list[nn.Module] = []
    for given, wanted in pairwise(channels):
        made += [nn.ConvTranspose2d(given, wanted, 4, stride=2, padding=1), nn.ReLU(inplace=True)]
    return made[:-1]
