"""A mixture of diagonal Gaussians."""

from dataclasses import dataclass

import torch
from torch import Tensor

from mmcore.distributions.gaussian import Gaussian
from mmcore.distributions.latent import LatentDistribution
from mmcore.noise import Noise

__all__ = ["Mixture"]


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
        return torch.logsumexp(each + self.weights.log(), dim=-2)
