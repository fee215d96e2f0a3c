"""The networks and the likelihood of the five modalities."""

import torch
from torch import nn

from mmcore.modality import Classifier
from mmcore.nn import ImageModality, PosteriorHead
from mmcore.plugins import Context
from mmcore_polymnist.settings import PolymnistSettings

__all__ = ["Polymnist"]

SIDE = 28


class Polymnist(ImageModality):
    """Color 28 x 28 digits on a texture, with convolutional networks and a Laplace likelihood.

    As in the publication, the last hidden layer of the encoder has as many units as the latent variables
    have dimensions, and the decoder has no activation at its end.

    References:
        Sutter, Daunhawer, Vogt (2021), experiment PolyMNIST.
    """

    def __init__(self, settings: PolymnistSettings, context: Context) -> None:
        w, latent = settings.width, context.latent_dim
        features = 4 * w * 4 * 4
        encoder = nn.Sequential(
            nn.Conv2d(3, w, 3, stride=2, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(w, 2 * w, 3, stride=2, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(2 * w, 4 * w, 3, stride=2, padding=1),
            nn.ReLU(inplace=True),
            nn.Flatten(),
            nn.Linear(features, latent),
            nn.ReLU(inplace=True),
            PosteriorHead(latent, context.content_dim, context.style_dim),
        ).to(memory_format=torch.channels_last)
        decoder = nn.Sequential(
            nn.Linear(latent, features),
            nn.ReLU(inplace=True),
            nn.Unflatten(1, (4 * w, 4, 4)),
            nn.ConvTranspose2d(4 * w, 2 * w, 3, stride=2, padding=1),
            nn.ReLU(inplace=True),
            nn.ConvTranspose2d(2 * w, w, 3, stride=2, padding=1, output_padding=1),
            nn.ReLU(inplace=True),
            nn.ConvTranspose2d(w, 3, 3, stride=2, padding=1, output_padding=1),
        ).to(memory_format=torch.channels_last)
        super().__init__(encoder, decoder, settings.scale)

    @property
    def event_shape(self) -> torch.Size:
        """Three channels of 28 x 28."""
        return torch.Size((3, SIDE, SIDE))

    def classifier(self, classes: int) -> Classifier:
        """Return a small convolutional network."""
        body = nn.Sequential(
            nn.Conv2d(3, 16, 4, stride=2, padding=1),
            nn.BatchNorm2d(16),
            nn.ReLU(inplace=True),
            nn.Conv2d(16, 32, 4, stride=2, padding=1),
            nn.BatchNorm2d(32),
            nn.ReLU(inplace=True),
            nn.Flatten(),
            nn.Dropout(0.3),
            nn.Linear(32 * 7 * 7, 64),
            nn.ReLU(inplace=True),
        ).to(memory_format=torch.channels_last)
        return Classifier(body, nn.Linear(64, classes))
