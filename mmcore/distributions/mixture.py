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
        members: (K, M), bool, which experts a component is made of.
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

        Inverse transform with one stratified uniform per row: over the batch every component is
        chosen in proportion to its weight to within one row, which a free draw would only do on
        average.
        """
        cumulative = self.weights.cumsum(0)
        # A hair below the total, so that rounding never reaches past the last component present.
        reach = noise.stratified("component") * (cumulative[-1] * (1 - 2**-20))
        return (reach >= cumulative[:-1]).sum(0)

    def rsample(self, noise: Noise) -> Tensor:
        """Return a draw from the chosen component of each row."""
        return self.components.take(self.choose(noise)).rsample(noise)

    def log_prob(self, z: Tensor) -> Tensor:
        """Return the log density in nats of the mixture itself, not of a component."""
        each = self.components.log_prob(z.unsqueeze(-3))
        return torch.logsumexp(each + self.weights.log(), dim=-2)
