"""Subsets of experts, and the product of each."""

import torch
from torch import Tensor

from mmcore.aggregators.base import with_prior
from mmcore.distributions import Gaussian
from mmcore.distributions.closed_forms import SubsetProducts
from mmcore.noise import Noise

__all__ = ["all_subsets", "barycenters", "products", "sampled_subsets", "some_subsets"]


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


def some_subsets(experts: int, limit: int, samples: int, noise: Noise) -> Tensor:
    """Return all subsets of up to ``limit`` experts, otherwise ``samples`` random ones, (T, K)."""
    if experts <= limit:
        return all_subsets(experts, noise.device)
    # Complementary pairs: every expert is in half of the subsets, so that no row is empty.
    return sampled_subsets(experts, samples, noise)


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
        chosen, experts, given = members.to(kind), gaussians, present
        available = chosen @ present.to(kind) > 0
        if prior is not None:
            experts, given = with_prior(prior, gaussians, present)
            chosen = torch.cat([torch.ones_like(chosen[:, :1]), chosen], 1)
        precisions = torch.exp(-experts.logvar) * given.unsqueeze(-1)
        weighted, common = precisions * experts.loc, available | (prior is not None)
        product = SubsetProducts.apply(chosen, precisions, weighted, common)
    return Gaussian(*product), available


def barycenters(
    gaussians: Gaussian, present: Tensor, weights: Tensor, members: Tensor
) -> tuple[Gaussian, Tensor]:
    """Return the Wasserstein barycenter of the experts that each subset and each row have in common.

    Shapes:
        gaussians: (K, B, D). present: (K, B). weights: (K, B). members: (T, K), bool.
        returns: barycenters, (T, B, D), and whether a subset and a row have an expert in common, (T, B).
        Where they have none, the barycenter is N(0, I) as a placeholder.
    """
    common = members.unsqueeze(-1) & present
    available = common.any(1)
    shares = weights * common
    shares = shares / shares.sum(1, keepdim=True).masked_fill(~available.unsqueeze(1), 1.0)
    with torch.autocast(gaussians.loc.device.type, enabled=False):
        # mu_f = sum_k pi_k mu_k, sigma_f = sum_k pi_k sigma_k
        loc = torch.einsum("tkb,kbd->tbd", shares, gaussians.loc)
        stddev = torch.einsum("tkb,kbd->tbd", shares, gaussians.stddev)
    stddev = stddev.masked_fill(~available.unsqueeze(-1), 1.0)
    return Gaussian(loc, 2 * stddev.log()), available
