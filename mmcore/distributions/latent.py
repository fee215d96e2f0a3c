"""Distributions over a latent variable: Gaussians and mixtures of Gaussians."""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch
from torch import Tensor

from mmcore.distributions.closed_forms import SoftBound
from mmcore.noise import Noise

__all__ = ["Gaussian", "LatentDistribution", "Mixture"]


DRAWS = 256
KNEE, BOUND = 6.0, 10.0
"""Log-variances up to the knee are not changed; the bound is a standard deviation of 0.0067 or 148."""


class LatentDistribution(ABC):
    """A batch of B distributions over a D-dimensional latent variable.

    MUST: `mean`, `rsample`, `log_prob`.

    MAY: `stddev`.
    """

    __slots__ = ()

    @property
    @abstractmethod
    def mean(self) -> Tensor:
        """The mean, (B, D)."""

    @abstractmethod
    def rsample(self, noise: Noise) -> Tensor:
        """Return one draw for every row, (B, D), through which gradients flow."""

    @abstractmethod
    def log_prob(self, z: Tensor) -> Tensor:
        """Return the log density in nats, (*S, B), of ``z``, (*S, B, D)."""

    @property
    def stddev(self) -> Tensor:
        """The standard deviation of each dimension, (B, D); the default estimates it from draws."""
        rows = len(self.mean)
        draws = [self.rsample(Noise(rows, step=i, device=self.mean.device)) for i in range(DRAWS)]
        return torch.stack(draws).std(0)


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

    def scattered(self, indices: Tensor, rows: int) -> "Gaussian":
        """Return ``rows`` rows: these at ``indices``, (B,), and zero parameters in the others."""
        zeros = self.loc.new_zeros(rows, self.loc.shape[-1])
        loc = zeros.index_copy(0, indices, self.loc)
        return Gaussian(loc, zeros.index_copy(0, indices, self.logvar))

    def bounded(self) -> "Gaussian":
        """Return the Gaussian with log-variances in (-10, 10); those in [-6, 6] stay as they are.

        The bound is smooth. It limits squared distances over the variance, whose gradient would otherwise
        be as large as one row with an extreme posterior makes it.
        """
        return Gaussian(self.loc, SoftBound.apply(self.logvar, KNEE, BOUND))

    def take(self, choice: Tensor) -> "Gaussian":
        """Return the component of (K, B, D) that ``choice``, (B,), selects for each row."""
        index = choice.reshape(1, -1, 1).expand(1, *self.loc.shape[1:])
        return Gaussian(self.loc.gather(0, index)[0], self.logvar.gather(0, index)[0])


@dataclass(frozen=True, slots=True)
class Mixture(LatentDistribution):
    r"""A mixture of K diagonal Gaussians, :math:`\sum_k w_k N(\mu_k, \sigma_k^2)`.

    Shapes:
        components: (K, B, D).
        weights: (K, B), non-negative, sum to 1 over K; a component of weight 0 is absent.
        members: (K, M), bool, the experts that each component combines.
    """

    components: Gaussian
    weights: Tensor
    members: Tensor

    @property
    def mean(self) -> Tensor:
        """The mean, ``sum_k w_k mu_k``."""
        return (self.weights.unsqueeze(-1) * self.components.loc).sum(0)

    @property
    def stddev(self) -> Tensor:
        r"""The standard deviation, from :math:`\sum_k w_k (\sigma_k^2 + (\mu_k - \mu)^2)`."""
        spread = self.components.logvar.exp() + (self.components.loc - self.mean) ** 2
        return (self.weights.unsqueeze(-1) * spread).sum(0).sqrt()

    def choose(self, noise: Noise) -> Tensor:
        """Return the component that each row is drawn from, (B,).

        The inverse transform with one stratified uniform per row: over the batch, each component is
        chosen in proportion to its weight to within one row, and not only in expectation.
        """
        cumulative = self.weights.cumsum(0)
        # Slightly below the total, so that rounding never selects a component after the last one.
        reach = noise.stratified("component") * (cumulative[-1] * (1 - 2**-20))
        return (reach >= cumulative[:-1]).sum(0)

    def rsample(self, noise: Noise) -> Tensor:
        """Return a draw from the chosen component of each row."""
        return self.components.take(self.choose(noise)).rsample(noise)

    def log_prob(self, z: Tensor) -> Tensor:
        """Return the log density of the mixture in nats."""
        each = self.components.log_prob(z.unsqueeze(-3))
        absent = self.weights == 0
        # The logarithm of an absent component's weight has no finite gradient.
        log_weights = self.weights.masked_fill(absent, 1.0).log().masked_fill(absent, -torch.inf)
        return torch.logsumexp(each + log_weights, dim=-2)
