"""The experts of a batch: one Gaussian for each modality that a row has."""

from dataclasses import dataclass

import torch
from torch import Tensor

from mmcore.distributions import Gaussian
from mmcore.noise import Noise

__all__ = ["Experts", "expert_shares"]

NEXT_TO_NOTHING = 1e-30
"""Stands for weight 0, so that a row whose experts all have it weighs them equally."""


@dataclass(frozen=True, slots=True)
class Experts:
    r"""Gaussian experts over the content, their weights, and which of them are there.

    Build it with `weighted`, which renormalises the weights over what each row has.

    Shapes:
        gaussians: (K, B, D), N(0, I) where absent, as `mmcore.codec.Encoding` has them.
        present: (K, B), bool.
        weights: (K, B), sum to 1 over K, 0 where absent.

    ``noise`` is for an aggregator that draws, such as a sample of subsets; where it is None, the
    aggregator must do without.
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
        prior: Tensor | None = None,
        noise: Noise | None = None,
    ) -> "Experts":
        r"""Return experts with weights :math:`\pi_k / \sum_{\nu\ \mathrm{present}} \pi_\nu`.

        Shapes:
            gaussians: (M, B, D). present: (M, B). weights: (M,). prior: ().

        Arguments:
            gaussians: one expert for each modality.
            present: which rows have it.
            weights: non-negative, on any common scale.
            prior: weight of N(0, I) on the same scale; it then is expert 0 and always present.
            noise: for an aggregator that draws.
        """
        shares = expert_shares(weights, prior)
        return cls.sharing(gaussians, present, shares, noise)

    @classmethod
    def sharing(
        cls, gaussians: Gaussian, present: Tensor, shares: Tensor, noise: Noise | None = None
    ) -> "Experts":
        """Return experts weighted by what `expert_shares` has made of their weights once and for all.

        Shapes:
            gaussians: (M, B, D). present: (M, B). shares: (M, 1), or (M + 1, 1) with a prior.
        """
        if len(shares) > len(present):
            gaussians = Gaussian(_after_zeros(gaussians.loc), _after_zeros(gaussians.logvar))
            present = torch.cat([torch.ones_like(present[:1]), present])
        there = shares * present
        return cls(gaussians, present, there / there.sum(0), noise)


def expert_shares(weights: Tensor, prior: Tensor | None = None) -> Tensor:
    """Return positive weights as a column, (K, 1), that of the prior first if there is one."""
    if prior is not None:
        weights = torch.cat([prior.reshape(1), weights])
    return weights.clamp_min(NEXT_TO_NOTHING).unsqueeze(-1)


def _after_zeros(parameter: Tensor) -> Tensor:
    return torch.cat([torch.zeros_like(parameter[:1]), parameter])
