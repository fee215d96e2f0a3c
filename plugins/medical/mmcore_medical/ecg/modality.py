"""The networks and the likelihood of ``ecg``."""

import torch
from torch import Tensor, nn
from torch.distributions import Distribution, Laplace, Normal
from torch.nn.functional import softplus

from mmcore import MmcoreError, Modality, Posterior
from mmcore.nn import PosteriorHead
from mmcore.plugins import Context
from mmcore.widgets import Signal
from mmcore_medical.ecg.likelihood import Observed
from mmcore_medical.ecg.settings import EcgSettings
from mmcore_medical.sequences import Lengthening, Shortening

DENSITIES = {"laplace": Laplace, "gaussian": Normal}
LEAST_SCALE = 0.05
"""Smallest learned scale, relative to the standard deviation of a lead."""
OUTLIER = 10.0
"""Largest input of the encoder, in standard deviations."""


class Ecg(Modality):
    """Signals with several leads, 1-D convolutions, and a Laplace or Gaussian likelihood.

    A value is (L, T) in the unit of the files, NaN where a sample is missing. The input of the encoder
    has 0 and a flag for a missing sample; the likelihood ignores it.
    """

    loc: Tensor
    scale: Tensor

    def __init__(self, settings: EcgSettings, context: Context) -> None:
        super().__init__()
        if not settings.fitted:
            raise MmcoreError(
                "ecg has no leads; mmcore train --config STUDY.yaml fits them to the training records"
            )
        leads, width, length = len(settings.fitted), settings.features, settings.length
        self.density, self.fixed = DENSITIES[settings.density], settings.scale
        self.length, self._rate = length, settings.rate
        self._leads = settings.fitted
        kind = torch.get_default_dtype()
        loc = torch.tensor([lead.loc for lead in settings.fitted], dtype=kind)
        scale = torch.tensor([lead.scale for lead in settings.fitted], dtype=kind)
        self.register_buffer("loc", loc.unsqueeze(1), persistent=False)
        self.register_buffer("scale", scale.unsqueeze(1), persistent=False)
        self.shortening = Shortening(2 * leads, width, length)
        self.head = PosteriorHead(self.shortening.features, context.content_dim, context.style_dim)
        self.lengthening = Lengthening(context.latent_dim, leads, width, length)
        if self.fixed is None:
            self.spread = nn.Parameter(torch.zeros(leads, 1))

    @property
    def event_shape(self) -> torch.Size:
        """The number of leads and of samples."""
        return torch.Size((len(self.loc), self.length))

    def encode(self, x: Tensor) -> Posterior:
        """Return the posteriors of signals."""
        observed = ~x.isnan()
        scaled = ((x - self.loc) / self.scale).clamp(-OUTLIER, OUTLIER).nan_to_num(nan=0.0)
        features = self.shortening(torch.cat([scaled, observed.to(scaled.dtype)], dim=1))
        posterior: Posterior = self.head(features)
        return posterior

    def decode(self, content: Tensor, style: Tensor) -> Distribution:
        """Return densities around the decoded signal."""
        out = self.lengthening(torch.cat([content, style], dim=-1))
        out = out if out.dtype.itemsize > 2 else out.float()
        loc = self.loc + self.scale * out
        spread = (self.scale * self._spread()).expand_as(loc)
        return Observed(self.density(loc, spread, validate_args=False))

    def prepare(self, raw: Tensor) -> Tensor:
        """Return the samples in the type of the networks."""
        return raw.to(torch.get_default_dtype())

    def unit(self) -> Tensor:
        """Return the standard deviation of the lead of each sample."""
        return self.scale.expand(self.event_shape)

    def widget(self) -> Signal:
        """Return the leads with their units."""
        names, units = zip(*((lead.name, lead.unit) for lead in self._leads), strict=True)
        return Signal(names, units, self._rate)

    def _spread(self) -> Tensor | float:
        if self.fixed is not None:
            return self.fixed
        # softplus(0.54) = 1: at first each lead has the standard deviation of its data.
        return LEAST_SCALE + softplus(self.spread + 0.54)
