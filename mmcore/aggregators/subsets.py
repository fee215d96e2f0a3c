"""Subsets of experts, and the product of each."""

import torch
from torch import Tensor

from mmcore.distributions import Gaussian
from mmcore.noise import Noise

__all__ = ["all_subsets", "products", "sampled_subsets"]


def all_subsets(experts: int, device: torch.device) -> Tensor:
    """Return every non-empty subset, (2^K - 1, K), bool."""
    codes = torch.arange(1, 2**experts, device=device).unsqueeze(1)
    return (codes >> torch.arange(experts, device=device)) % 2 == 1


def sampled_subsets(experts: int, count: int, noise: Noise) -> Tensor:
    """Return ``count`` subsets, (count, K), each uniform over all 2^K, in complementary pairs.

    Each expert is in exactly half of them. A subset that is not empty is uniform over all non-empty
    subsets, so that the average over the non-empty ones is an unbiased estimate of the average over
    all of them.
    """
    half = noise.shared("subsets", -(-count // 2), experts) < 0.5
    return torch.cat([half, ~half])[:count]


def products(
    gaussians: Gaussian, present: Tensor, members: Tensor, prior: Gaussian | None = None
) -> tuple[Gaussian, Tensor]:
    """Return the product of the experts that each subset and each row have in common.

    One matrix product with the membership matrix computes all subsets.

    Shapes:
        gaussians: (K, B, D). present: (K, B). members: (T, K), bool. prior: (D,).
        returns: products, (T, B, D), and whether a subset and a row have an expert in common, (T, B).
        Where they have none, the product is the prior, or a placeholder without a prior.

    Arguments:
        gaussians: the experts.
        present: which rows have them.
        members: the subsets.
        prior: an expert of every product.
    """
    kind = gaussians.loc.dtype
    with torch.autocast(gaussians.loc.device.type, enabled=False):
        precision = torch.exp(-gaussians.logvar) * present.unsqueeze(-1)
        chosen = members.to(kind)
        available = torch.einsum("tk,kb->tb", chosen, present.to(kind)) > 0
        total = torch.einsum("tk,kbd->tbd", chosen, precision)
        weighted = torch.einsum("tk,kbd->tbd", chosen, precision * gaussians.loc)
        if prior is not None:
            own = torch.exp(-prior.logvar)
            total, weighted = total + own, weighted + own * prior.loc
        else:
            total = total.masked_fill(~available.unsqueeze(-1), 1.0)
    return Gaussian(weighted / total, -total.log()), available
