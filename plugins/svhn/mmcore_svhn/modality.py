"""The networks and the likelihood of ``svhn``."""

import torch
from torch import Tensor, nn

from mmcore.modality import Classifier
from mmcore.nn import ImageModality, PointUpsampling2d, PosteriorHead, ThinUpsampling
from mmcore.plugins import Context
from mmcore_svhn.settings import SvhnSettings


class Tinted(nn.Module):
    """A decoder of images, plus one color of the whole image, which is linear in the latent variables.

    Convolutions learn the brightness of an image first. The KL divergence has then removed the hue from
    the latent variables, since no decoder uses it yet, and all generated images are gray.

    Shapes:
        latent: (B, D_m + D). returns: (B, 3, H, W).

    Arguments:
        decoder: the decoder of shapes and contrasts.
        latent_dim: D_m + D.
    """

    def __init__(self, decoder: nn.Module, latent_dim: int) -> None:
        super().__init__()
        self.decoder = decoder
        self.tint = nn.Linear(latent_dim, 3)

    def forward(self, latent: Tensor) -> Tensor:
        """Return the images."""
        images: Tensor = self.decoder(latent) + self.tint(latent)[:, :, None, None]
        return images


class Svhn(ImageModality):
    """Color 32 x 32 house numbers with convolutional networks and a Laplace likelihood.

    References:
        Sutter, Daunhawer, Vogt (2020), experiment MNIST-SVHN-Text.
    """

    def __init__(self, settings: SvhnSettings, context: Context) -> None:
        w = settings.width
        encoder = nn.Sequential(
            nn.Conv2d(3, w, 4, stride=2, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(w, 2 * w, 4, stride=2, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(2 * w, 2 * w, 4, stride=2, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(2 * w, 4 * w, 4, stride=2),
            nn.ReLU(inplace=True),
            nn.Flatten(),
            PosteriorHead(4 * w, context.content_dim, context.style_dim),
        ).to(memory_format=torch.channels_last)
        decoder: nn.Module = nn.Sequential(
            nn.Linear(context.latent_dim, 4 * w),
            nn.ReLU(inplace=True),
            nn.Unflatten(1, (4 * w, 1, 1)),
            PointUpsampling2d(4 * w, 2 * w, 4),
            nn.ReLU(inplace=True),
            nn.ConvTranspose2d(2 * w, 2 * w, 4, stride=2, padding=1),
            nn.ReLU(inplace=True),
            nn.ConvTranspose2d(2 * w, w, 4, stride=2, padding=1),
            nn.ReLU(inplace=True),
            ThinUpsampling(w, 3),
        ).to(memory_format=torch.channels_last)
        if settings.tint:
            decoder = Tinted(decoder, context.latent_dim)
        super().__init__(encoder, decoder, settings.scale)

    @property
    def event_shape(self) -> torch.Size:
        """Three channels of 32 x 32."""
        return torch.Size((3, 32, 32))

    def classifier(self, classes: int) -> Classifier:
        """Return a small convolutional network."""
        body = nn.Sequential(
            nn.Conv2d(3, 32, 3, stride=2, padding=1),
            nn.BatchNorm2d(32),
            nn.ReLU(inplace=True),
            nn.Conv2d(32, 64, 3, stride=2, padding=1),
            nn.BatchNorm2d(64),
            nn.ReLU(inplace=True),
            nn.Conv2d(64, 64, 3, padding=1),
            nn.BatchNorm2d(64),
            nn.MaxPool2d(2),
            nn.ReLU(inplace=True),
            nn.Flatten(),
            nn.Dropout(0.3),
            nn.Linear(64 * 4 * 4, 128),
            nn.ReLU(inplace=True),
        ).to(memory_format=torch.channels_last)
        return Classifier(body, nn.Linear(128, classes))
