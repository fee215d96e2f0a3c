"""Divergences: in closed form where it exists, otherwise bounded or estimated."""

import torch
from torch import Tensor

from mmcore.distributions.closed_forms import GaussianKl, GaussianKlToStandard
from mmcore.distributions.latent import Gaussian, LatentDistribution
from mmcore.noise import Noise

__all__ = [
    "gaussian_kl",
    "jensen_shannon",
    "jensen_shannon_bound",
    "kl",
    "kl_estimate",
]


def gaussian_kl(q: Gaussian, p: Gaussian | None = None) -> Tensor:
    r"""Return the Kullback-Leibler divergence of two diagonal Gaussians in nats.

    .. math:: KL(q \| p) = \tfrac12 \sum_d \left[ \frac{\sigma_q^2}{\sigma_p^2}
        + \frac{(\mu_q - \mu_p)^2}{\sigma_p^2} - 1 + \log \sigma_p^2 - \log \sigma_q^2 \right]

    Shapes:
        q, p: (..., B, D). returns: (..., B).

    Arguments:
        q: the first argument.
        p: the second; N(0, I) if left out.

    Example:
        >>> import torch
        >>> from mmcore import Gaussian
        >>> q = Gaussian(torch.ones(1, 2), torch.zeros(1, 2))
        >>> float(gaussian_kl(q))
        1.0
    """
    if p is None:
        to_standard: Tensor = GaussianKlToStandard.apply(q.loc, q.logvar)
        return to_standard
    divergence: Tensor = GaussianKl.apply(q.loc, q.logvar, p.loc, p.logvar)
    return divergence


def kl(q: LatentDistribution, p: LatentDistribution, noise: Noise, draws: int = 100) -> Tensor:
    r"""Return :math:`KL(q \| p)`, (B,) nats: exact for Gaussians, else a mean over draws of ``q``.

    An estimate is unbiased and may fall below 0 where the divergence is small.
    """
    if isinstance(q, Gaussian) and isinstance(p, Gaussian):
        return gaussian_kl(q, p)
    total = torch.zeros_like(q.mean[..., 0])
    for number in range(draws):
        z = q.rsample(noise.at(f"{number}"))
        total = total + q.log_prob(z) - p.log_prob(z)
    return total / draws


def kl_estimate(q: Gaussian, p: LatentDistribution, noise: Noise) -> Tensor:
    r"""Return an unbiased estimate of :math:`KL(q_k \| p)` for each of K Gaussians.

    One draw of each, :math:`\log q_k(z_k) - \log p(z_k)`, through which gradients flow.

    Shapes:
        q: (K, B, D). p: (B, D). returns: (K, B), nats.
    """
    count, dims = q.loc.shape[0], q.loc.shape[-1]
    eps = noise.normal("kl", count, dims).transpose(0, 1).to(q.loc.dtype)
    z = q.loc + q.stddev * eps
    return q.log_prob(z) - p.log_prob(z)


def jensen_shannon(
    experts: Gaussian, weights: Tensor, mean: LatentDistribution, noise: Noise | None = None
) -> Tensor:
    r"""Return the Jensen-Shannon divergence of K Gaussians with respect to an abstract mean.

    .. math:: JS_\pi(\{q_k\}) = \sum_k \pi_k \, KL(q_k \| f(\{q_\nu\}))

    In closed form if the mean is Gaussian, else estimated with one draw of each expert.

    Shapes:
        experts: (K, B, D). weights: (K, B). mean: (B, D). returns: (B,), nats.

    References:
        Sutter, Daunhawer, Vogt (2020), Eq. 4 and Definitions 2 and 3.
    """
    if isinstance(mean, Gaussian):
        return (weights * gaussian_kl(experts, mean)).sum(0)
    if noise is None:
        raise ValueError("a mean that is not Gaussian needs noise for the estimate")
    return (weights * kl_estimate(experts, mean, noise)).sum(0)


def jensen_shannon_bound(experts: Gaussian, weights: Tensor) -> Tensor:
    r"""Return an upper bound of the Jensen-Shannon divergence with the mixture as mean.

    By convexity in the second argument, :math:`KL(q_j \| \sum_\nu \pi_\nu q_\nu) \le
    \sum_\nu \pi_\nu KL(q_j \| q_\nu)`, so that

    .. math:: JS_\pi(\{q_k\}) \le \sum_j \sum_\nu \pi_j \pi_\nu \, KL(q_j \| q_\nu).

    Shapes:
        experts: (K, B, D). weights: (K, B). returns: (B,), nats.

    References:
        Sutter, Daunhawer, Vogt (2020), Lemma 1 with Definition 2.
    """
    first = Gaussian(experts.loc.unsqueeze(1), experts.logvar.unsqueeze(1))
    pairs = weights.unsqueeze(1) * weights.unsqueeze(0)
    return (pairs * gaussian_kl(first, experts)).sum((0, 1))
