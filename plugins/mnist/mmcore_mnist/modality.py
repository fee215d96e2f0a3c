"""The networks and the likelihood of ``mnist``."""

import torch
from torch import Tensor, nn
from torch.distributions import Distribution

from mmcore import Modality, Posterior
from mmcore.likelihoods import FixedLaplace
from mmcore.modality import Classifier
from mmcore.nn import PosteriorHead, pixels
from mmcore.plugins import Context
from mmcore_mnist.settings import MnistSettings

PIXELS = 28 * 28


class Mnist(Modality):
    """Grey 28 x 28 digits with fully connected networks and a Laplace likelihood.

    References:
        Sutter, Daunhawer, Vogt (2020), experiment MNIST-SVHN-Text.
    """

    def __init__(self, settings: MnistSettings, context: Context) -> None:
        super().__init__()
        self.scale = settings.scale
        self.encoder = nn.Sequential(
            nn.Flatten(),
            nn.Linear(PIXELS, settings.hidden),
            nn.ReLU(inplace=True),
            PosteriorHead(settings.hidden, context.content_dim, context.style_dim),
        )
        self.decoder = nn.Sequential(
            nn.Linear(context.latent_dim, settings.hidden),
            nn.ReLU(inplace=True),
            nn.Linear(settings.hidden, PIXELS),
            nn.Sigmoid(),
            nn.Unflatten(1, (1, 28, 28)),
        )

    @property
    def event_shape(self) -> torch.Size:
        """One channel of 28 x 28."""
        return torch.Size((1, 28, 28))

    def encode(self, x: Tensor) -> Posterior:
        """Encode pictures in [0, 1]."""
        posterior: Posterior = self.encoder(x)
        return posterior

    def decode(self, content: Tensor, style: Tensor) -> Distribution:
        """Return Laplace densities around the decoded picture."""
        return FixedLaplace(self.decoder(torch.cat([style, content], dim=-1)), self.scale)

    def prepare(self, raw: Tensor) -> Tensor:
        """Turn bytes into [0, 1]."""
        return pixels(raw)

    def render(self, x: Tensor) -> Tensor:
        """Show the grey picture as colours."""
        return x.clamp(0, 1).expand(-1, 3, -1, -1)

    def classifier(self, classes: int) -> Classifier:
        """Return a small convolutional network."""
        body = nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(2),
            nn.Conv2d(16, 32, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(32 * 7 * 7, 64),
            nn.ReLU(inplace=True),
        ).to(memory_format=torch.channels_last)
        return Classifier(body, nn.Linear(64, classes))
