"""The diagonal Gaussian."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from mmcore.distributions.latent import LatentDistribution
from mmcore.noise import Noise

__all__ = ["Gaussian"]


@dataclass(frozen=True, slots=True)
class Gaussian(LatentDistribution):
    r"""A diagonal Gaussian, :math:`N(\mu, \mathrm{diag}(e^{\mathrm{logvar}}))`.

    Shapes:
        loc: (..., B, D).
        logvar: (..., B, D), natural logarithm of the variance.

    Example:
        >>> import torch
        >>> from mmcore import Gaussian
        >>> round(float(Gaussian(torch.zeros(1, 2), torch.zeros(1, 2)).log_prob(torch.zeros(1, 2))), 4)
        -1.8379
    """

    loc: Tensor
    logvar: Tensor

    @classmethod
    def standard_like(cls, other: "Gaussian") -> "Gaussian":
        """Return zero mean and zero log-variance in the shape, type and device of ``other``."""
        return cls(torch.zeros_like(other.loc), torch.zeros_like(other.logvar))

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return self.loc

    @property
    def stddev(self) -> Tensor:
        """The standard deviation."""
        return torch.exp(0.5 * self.logvar)

    def rsample(self, noise: Noise) -> Tensor:
        """Return ``loc + stddev * eps``."""
        eps = noise.normal("eps", *self.loc.shape[1:]).to(self.loc.dtype)
        return self.loc + self.stddev * eps

    def log_prob(self, z: Tensor) -> Tensor:
        """Return the log density in nats, summed over D."""
        squared = (z - self.loc) ** 2 * torch.exp(-self.logvar)
        return -0.5 * (squared + self.logvar + math.log(2 * math.pi)).sum(-1)

    def where(self, mask: Tensor) -> "Gaussian":
        """Return the rows that ``mask``, (..., B), selects, with zero parameters in the others."""
        absent = ~mask.unsqueeze(-1)
        return Gaussian(self.loc.masked_fill(absent, 0.0), self.logvar.masked_fill(absent, 0.0))

    def take(self, choice: Tensor) -> "Gaussian":
        """Return the component of (K, B, D) that ``choice``, (B,), selects for each row."""
        index = choice.reshape(1, -1, 1).expand(1, *self.loc.shape[1:])
        return Gaussian(self.loc.gather(0, index)[0], self.logvar.gather(0, index)[0])
