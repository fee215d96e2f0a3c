"""A mixture of Gaussians as prior, trained together with the model."""

import math

import torch
from torch import Tensor, nn

from mmcore.config.parts import ClustersSettings
from mmcore.noise import Noise
from mmcore.plugins import Context
from mmcore.priors.base import Prior

__all__ = ["ClusterPrior", "clusters"]


class ClusterPrior(Prior):
    r"""A mixture of K Gaussians of variance 1, :math:`p(c) = \sum_k w_k N(c; \mu_k, I)`.

    Means and weights are learned together with the model. With ``--method mmvaeplus`` this is CMVAE:
    :math:`\log p(c) = \sum_k q(k|c) [\log p(c|k) + \log w_k - \log q(k|c)]` for the exact posterior
    :math:`q(k|c)` of the cluster.

    Arguments:
        dims: size D of the latent variable.
        count: K.

    References:
        Palumbo, Manduchi, Laguna, Chopard, Vogt (2024), without the selection of clusters and the
        diffusion decoder.
    """

    def __init__(self, dims: int, count: int) -> None:
        super().__init__()
        # Different means: equal ones would have equal gradients for ever.
        self.means = nn.Parameter(2 * torch.rand(count, dims) - 1)
        self.logits = nn.Parameter(torch.zeros(count))

    def sample(self, noise: Noise, stream: str, *draws: int) -> Tensor:
        """Return the mean of a random cluster plus standard normal draws, (B, *draws, D)."""
        own = noise.at(stream)
        reach = self.logits.softmax(0).cumsum(0)[:-1]
        chosen = (own.uniform("cluster", *draws).unsqueeze(-1) >= reach).sum(-1)
        return self.means[chosen] + own.normal("eps", *draws, self.means.shape[1])

    def log_prob(self, z: Tensor) -> Tensor:
        """Return log sum_k w_k N(z; mu_k, I) in nats."""
        squared = ((z.unsqueeze(-2) - self.means) ** 2).sum(-1)
        constant = z.shape[-1] * math.log(2 * math.pi)
        each: Tensor = self.logits.log_softmax(0) - 0.5 * (squared + constant)
        return each.logsumexp(-1)

    @property
    def mean(self) -> Tensor:
        """The mean, sum_k w_k mu_k."""
        return self.logits.softmax(0) @ self.means


def clusters(settings: ClustersSettings, context: Context) -> ClusterPrior:
    """Return clusters of the content, or of the style of the modality ``context.name``."""
    dims = context.style_dim if context.name else context.content_dim
    return ClusterPrior(dims, settings.clusters)
