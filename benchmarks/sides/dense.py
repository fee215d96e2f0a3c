"""A modality of numbers with one hidden layer, the same networks as the defaults of multi-view-AE."""

import torch
from pydantic import BaseModel, ConfigDict
from torch import nn
from torch.distributions import Independent, Normal

from mmcore.modality import Modality
from mmcore.nn import PosteriorHead


class DenseSettings(BaseModel):
    """Options of `Dense`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    features: int
    hidden: int = 400


class Dense(Modality):
    """A vector with a Gaussian likelihood, whose variances are parameters."""

    def __init__(self, settings, context):
        super().__init__()
        self.features = settings.features
        self.encoder = nn.Sequential(
            nn.Linear(settings.features, settings.hidden),
            nn.ReLU(inplace=True),
            PosteriorHead(settings.hidden, context.content_dim, context.style_dim),
        )
        self.decoder = nn.Sequential(
            nn.Linear(context.latent_dim, settings.hidden),
            nn.ReLU(inplace=True),
            nn.Linear(settings.hidden, settings.features),
        )
        self.logvar = nn.Parameter(torch.full((settings.features,), -3.0))

    @property
    def event_shape(self):
        return torch.Size((self.features,))

    def encode(self, x):
        return self.encoder(x)

    def decode(self, content, style):
        loc = self.decoder(torch.cat([style, content], dim=-1)).to(content.dtype)
        stddev = (0.5 * self.logvar).exp()
        return Independent(Normal(loc, stddev, validate_args=False), 1, validate_args=False)
