"""The networks and the likelihood of ``mnist``."""

import torch
from torch import nn

from mmcore.modality import Classifier
from mmcore.nn import ImageModality, PosteriorHead
from mmcore.plugins import Context
from mmcore_mnist.settings import MnistSettings

PIXELS = 28 * 28


class Mnist(ImageModality):
    """Grayscale 28 x 28 digits with fully connected networks and a Laplace likelihood.

    References:
        Sutter, Daunhawer, Vogt (2020), experiment MNIST-SVHN-Text.
    """

    def __init__(self, settings: MnistSettings, context: Context) -> None:
        encoder = nn.Sequential(
            nn.Flatten(),
            nn.Linear(PIXELS, settings.hidden),
            nn.ReLU(inplace=True),
            PosteriorHead(settings.hidden, context.content_dim, context.style_dim),
        )
        decoder = nn.Sequential(
            nn.Linear(context.latent_dim, settings.hidden),
            nn.ReLU(inplace=True),
            nn.Linear(settings.hidden, PIXELS),
            nn.Sigmoid(),
            nn.Unflatten(1, (1, 28, 28)),
        )
        super().__init__(encoder, decoder, settings.scale)

    @property
    def event_shape(self) -> torch.Size:
        """One channel of 28 x 28."""
        return torch.Size((1, 28, 28))

    @property
    def style_weight(self) -> float:
        """Below 1, so that the handwriting varies; the measurements are in docs/design/011-diversity.md."""
        return 0.35

    def classifier(self, classes: int) -> Classifier:
        """Return a small convolutional network."""
        body = nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1),
            nn.MaxPool2d(2),
            nn.ReLU(inplace=True),
            nn.Conv2d(16, 32, 3, padding=1),
            nn.MaxPool2d(2),
            nn.ReLU(inplace=True),
            nn.Flatten(),
            nn.Linear(32 * 7 * 7, 64),
            nn.ReLU(inplace=True),
        ).to(memory_format=torch.channels_last)
        return Classifier(body, nn.Linear(64, classes))
