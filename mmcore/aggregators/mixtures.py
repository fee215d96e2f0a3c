"""Mixtures of experts and of products of experts."""

import torch

from mmcore.aggregators.base import Aggregator, Experts
from mmcore.aggregators.subsets import barycenters, products, some_subsets
from mmcore.distributions import Mixture
from mmcore.noise import Noise

__all__ = ["MixtureOfBarycenters", "MixtureOfExperts", "MixtureOfProducts"]


class MixtureOfExperts(Aggregator):
    r"""The weighted arithmetic mean, :math:`f = \sum_k \pi_k q_k`.

    References:
        Shi, Siddharth, Paige, Torr (2019), Section 3.2; Sutter, Daunhawer, Vogt (2020), Lemma 1.
    """

    def forward(self, experts: Experts) -> Mixture:
        """Return the mixture of B rows."""
        count = len(experts.weights)
        members = torch.eye(count, dtype=torch.bool, device=experts.weights.device)
        return Mixture(experts.gaussians, experts.weights, members)


class MixtureOfProducts(Aggregator):
    r"""The uniform mixture of the products of all non-empty subsets of experts.

    .. math:: f = \frac{1}{2^M - 1} \sum_{K \neq \emptyset} \mathrm{PoE}(\{q_k\}_{k \in K})

    In a row that lacks experts, a subset contributes the product of the experts that the row has of
    it. Over all subsets, each non-empty set of such experts occurs equally often, so that the result
    is the mixture over the subsets of the experts of the row.

    Above ``limit`` experts, a random sample of subsets is used, see `sampled_subsets`. It is not a mean:
    a product of equal experts differs from them.

    Arguments:
        limit: up to how many experts every subset is taken; 8 make 255.
        samples: how many subsets are drawn above that, an even number.

    References:
        Sutter, Daunhawer, Vogt (2021), Eq. 4 and 5.
    """

    is_mean = False

    def __init__(self, limit: int = 8, samples: int = 128) -> None:
        super().__init__()
        self.limit, self.samples = limit, samples

    def forward(self, experts: Experts) -> Mixture:
        """Return the mixture of B rows."""
        members = some_subsets(len(experts.weights), self.limit, self.samples, _noise(experts))
        components, nonempty = products(experts.gaussians, experts.present, members)
        weights = nonempty.to(components.loc.dtype)
        return Mixture(components, weights / weights.sum(0), members)


class MixtureOfBarycenters(Aggregator):
    r"""The uniform mixture of the Wasserstein barycenters of all non-empty subsets of experts.

    .. math:: f = \frac{1}{2^M - 1} \sum_{K \neq \emptyset} W_2(\{q_k\}_{k \in K}), \qquad
        \mu_K = \sum_{k \in K} \pi_k^K \mu_k, \quad \sigma_K = \sum_{k \in K} \pi_k^K \sigma_k

    with the weights renormalized within each subset. Rows that lack experts, and more than ``limit``
    experts, are treated as in `MixtureOfProducts`.

    Arguments:
        limit: up to how many experts every subset is taken.
        samples: how many subsets are drawn above that, an even number.

    References:
        Qiu et al. (2025), arXiv:2412.20487; Agueh, Carlier (2011), Theorem 6.1.
    """

    def __init__(self, limit: int = 8, samples: int = 128) -> None:
        super().__init__()
        self.limit, self.samples = limit, samples

    def forward(self, experts: Experts) -> Mixture:
        """Return the mixture of B rows."""
        members = some_subsets(len(experts.weights), self.limit, self.samples, _noise(experts))
        components, nonempty = barycenters(
            experts.gaussians, experts.present, experts.weights, members
        )
        weights = nonempty.to(components.loc.dtype)
        return Mixture(components, weights / weights.sum(0), members)


def _noise(experts: Experts) -> Noise:
    return experts.noise or Noise(rows=1, device=experts.weights.device)
