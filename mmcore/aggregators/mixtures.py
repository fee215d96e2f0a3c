"""Mixtures of experts and of products of experts."""

import torch
from torch import Tensor

from mmcore.aggregators.base import Aggregator, Experts
from mmcore.aggregators.subsets import all_subsets, products, sampled_subsets
from mmcore.distributions import Mixture
from mmcore.noise import Noise

__all__ = ["MixtureOfExperts", "MixtureOfProducts"]


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

    Above ``limit`` experts, a random sample of subsets is used, see `sampled_subsets`.

    Arguments:
        limit: up to how many experts every subset is taken; 8 make 255.
        samples: how many subsets are drawn above that, an even number.

    References:
        Sutter, Daunhawer, Vogt (2021), Eq. 4 and 5.
    """

    def __init__(self, limit: int = 8, samples: int = 128) -> None:
        super().__init__()
        self.limit, self.samples = limit, samples

    def forward(self, experts: Experts) -> Mixture:
        """Return the mixture of B rows."""
        members = self._members(experts)
        components, nonempty = products(experts.gaussians, experts.present, members)
        weights = nonempty.to(components.loc.dtype)
        return Mixture(components, weights / weights.sum(0), members)

    def _members(self, experts: Experts) -> Tensor:
        count, device = len(experts.weights), experts.weights.device
        if count <= self.limit:
            return all_subsets(count, device)
        noise = experts.noise or Noise(rows=1, device=device)
        # Complementary pairs: every expert is in half of the subsets, so that no row is empty.
        return sampled_subsets(count, self.samples, noise)
