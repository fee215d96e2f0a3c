"""The mixture of experts."""

import torch

from mmcore.aggregators.base import Aggregator
from mmcore.aggregators.experts import Experts
from mmcore.distributions import Mixture

__all__ = ["MixtureOfExperts"]


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
