"""The networks and the likelihood of ``celeba-image``."""

import torch
from torch import nn

from mmcore.modality import Classifier
from mmcore.nn import ImageModality, PosteriorHead
from mmcore.plugins import Context
from mmcore_celeba.pictures import SIDE
from mmcore_celeba.residual import Blocks, Residual
from mmcore_celeba.settings import ImageSettings


class CelebaImage(ImageModality):
    """Color images of faces, 64 x 64, with residual networks and a Laplace likelihood.

    References:
        Sutter, Daunhawer, Vogt (2020), experiment CelebA.
    """

    def __init__(self, settings: ImageSettings, context: Context) -> None:
        w, share = settings.width, settings.dropout

        def down(a: int, b: int, **place: int) -> Residual:
            return Residual(nn.Conv2d, nn.Dropout2d, a * w, b * w, share, False, **place)

        def up(a: int, b: int, **place: int) -> Residual:
            return Residual(nn.ConvTranspose2d, nn.Dropout2d, a * w, b * w, share, False, **place)

        narrowing = [down(1, 2), down(2, 3), down(3, 4), down(4, 5, padding=0)]
        widening = [up(5, 4, stride=1, padding=0), up(4, 3), up(3, 2), up(2, 1)]
        encoder = nn.Sequential(
            nn.Conv2d(3, w, 3, stride=2, padding=1, bias=False),
            Blocks(narrowing, settings.checkpointing),
            nn.Flatten(),
            PosteriorHead(5 * w, context.content_dim, context.style_dim),
        ).to(memory_format=torch.channels_last)
        decoder = nn.Sequential(
            nn.Linear(context.latent_dim, 5 * w),
            nn.Unflatten(1, (5 * w, 1, 1)),
            Blocks(widening, settings.checkpointing),
            nn.ConvTranspose2d(w, 3, 3, stride=2, padding=1, output_padding=1),
        ).to(memory_format=torch.channels_last)
        super().__init__(encoder, decoder, settings.scale)

    @property
    def event_shape(self) -> torch.Size:
        """Three channels of 64 x 64."""
        return torch.Size((3, SIDE, SIDE))

    @property
    def data_size(self) -> int:
        """The number of pixels, as in the paper; the three colors of a pixel count once."""
        return SIDE * SIDE

    def classifier(self, classes: int) -> Classifier:
        """Return a small convolutional network."""
        body = nn.Sequential(
            *_stage(3, 16),
            *_stage(16, 32),
            *_stage(32, 64),
            *_stage(64, 128),
            nn.Flatten(),
            nn.Dropout(0.3),
            nn.Linear(128 * 4 * 4, 128),
            nn.ReLU(inplace=True),
        ).to(memory_format=torch.channels_last)
        return Classifier(body, nn.Linear(128, classes))


def _stage(channels_in: int, channels_out: int) -> list[nn.Module]:
    return [
        nn.Conv2d(channels_in, channels_out, 4, stride=2, padding=1),
        nn.BatchNorm2d(channels_out),
        nn.ReLU(inplace=True),
    ]
