"""The interface of an abstract mean, and the experts that it combines."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from mmcore.distributions import Gaussian, LatentDistribution
from mmcore.noise import Noise

__all__ = ["Aggregator", "Experts", "expert_shares", "with_prior"]


SMALLEST = 1e-30
"""Replaces weight 0, so that a row whose experts all have weight 0 weighs them equally."""


@dataclass(frozen=True, slots=True)
class Experts:
    r"""Gaussian experts over the content, their weights, and which of them each row has.

    `weighted` builds it and renormalizes the weights over the experts of each row.

    Shapes:
        gaussians: (K, B, D), any finite parameters where absent.
        present: (K, B), bool.
        weights: (K, B), sum to 1 over K, 0 where absent.

    ``noise`` is for an aggregator that needs random draws, such as a sample of subsets; it may be None.
    """

    gaussians: Gaussian
    present: Tensor
    weights: Tensor
    noise: Noise | None = None

    @classmethod
    def weighted(
        cls,
        gaussians: Gaussian,
        present: Tensor,
        weights: Tensor,
        noise: Noise | None = None,
    ) -> "Experts":
        r"""Return experts with weights :math:`\pi_k / \sum_{\nu\ \mathrm{present}} \pi_\nu`.

        Shapes:
            gaussians: (K, B, D). present: (K, B). weights: (K,).

        Arguments:
            gaussians: the experts: one for each modality, after that of the prior if there is one.
            present: which rows have it; the prior is always present.
            weights: non-negative, on any common scale.
            noise: for an aggregator that draws.
        """
        return cls.sharing(gaussians, present, expert_shares(weights), noise)

    @classmethod
    def sharing(
        cls, gaussians: Gaussian, present: Tensor, shares: Tensor, noise: Noise | None = None
    ) -> "Experts":
        """Return experts with ``shares``, (K, 1), that `expert_shares` has computed in advance.

        Shapes:
            gaussians: (K, B, D). present: (K, B).
        """
        masked = shares * present
        return cls(gaussians, present, masked / masked.sum(0), noise)


def expert_shares(weights: Tensor) -> Tensor:
    """Return positive weights as a column, (K, 1), of weights (K,)."""
    return weights.clamp_min(SMALLEST).unsqueeze(-1)


def with_prior(prior: Gaussian, experts: Gaussian, present: Tensor) -> tuple[Gaussian, Tensor]:
    """Return the experts after the prior, which is always present.

    Shapes:
        prior: (D,). experts: (M, B, D). present: (M, B). returns: (M + 1, B, D) and (M + 1, B).
    """
    loc, logvar = _before(prior.loc, experts.loc), _before(prior.logvar, experts.logvar)
    return Gaussian(loc, logvar), torch.cat([torch.ones_like(present[:1]), present])


def _before(first: Tensor, others: Tensor) -> Tensor:
    return torch.cat([first.to(others.dtype).expand_as(others[:1]), others])


class Aggregator(nn.Module, ABC):
    """An abstract mean, which combines the experts of each row into one distribution.

    The same aggregator is used for the joint posterior, over the modalities of a row, and for the
    dynamic prior, over the modalities and the prior.

    MUST: `forward`.

    MAY: `is_gaussian`, `is_mean`.

    Subclass requirements:
        - an expert with ``present`` false has no influence on value or gradient;
        - the order of the experts does not matter;
        - rows do not influence one another;
        - a single expert of weight 1 is returned unchanged (up to the type of the result).
    """

    is_gaussian: ClassVar[bool] = False
    """Whether the mean of Gaussians is a `Gaussian`, so that divergences have a closed form."""

    is_mean: ClassVar[bool] = True
    """Whether the result of equal experts is that expert, as of a mean.

    A dynamic prior must be a mean: otherwise the Jensen-Shannon divergence of equal experts is not 0.
    """

    @abstractmethod
    def forward(self, experts: Experts) -> LatentDistribution:
        """Return the mean of the experts, a batch of B distributions."""
