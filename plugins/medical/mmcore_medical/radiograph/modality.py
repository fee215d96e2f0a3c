"""The modality ``radiograph``, with the networks of ``image``."""

import torch
from mmcore_image.modality import Picture
from torch import Tensor
from torch.distributions import Distribution

from mmcore import Modality, Posterior
from mmcore.modality import Classifier
from mmcore.plugins import Context
from mmcore.reporting.topics import PICTURES
from mmcore_medical.radiograph.settings import RadiographSettings


class Radiograph(Modality):
    """Square grayscale images with convolutional networks and a Laplace likelihood.

    A value is (1, S, S) in [0, 1], stored as bytes or as int16, where -32768 is 0.
    """

    topics = PICTURES

    def __init__(self, settings: RadiographSettings, context: Context) -> None:
        super().__init__()
        self.picture = Picture(settings.picture, context)

    @property
    def event_shape(self) -> torch.Size:
        """One channel, height and width."""
        return self.picture.event_shape

    def encode(self, x: Tensor) -> Posterior:
        """Return the posteriors of images in [0, 1]."""
        return self.picture.encode(x)

    def decode(self, content: Tensor, style: Tensor) -> Distribution:
        """Return Laplace densities around the decoded image."""
        return self.picture.decode(content, style)

    def prepare(self, raw: Tensor) -> Tensor:
        """Return 8 or 16 bits as floats in [0, 1]."""
        if raw.dtype == torch.int16:
            return raw.to(torch.get_default_dtype()).add_(32768).div_(65535)
        return self.picture.prepare(raw)

    def render(self, x: Tensor) -> Tensor:
        """Return the images in three channels."""
        return self.picture.render(x)

    def classifier(self, classes: int) -> Classifier:
        """Return a small convolutional network."""
        return self.picture.classifier(classes)
