"""Divergences between diagonal Gaussians, in closed form."""

import torch
from torch import Tensor

from mmcore.distributions.gaussian import Gaussian

__all__ = ["gaussian_kl", "jensen_shannon"]


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
        return 0.5 * (q.logvar.exp() + q.loc**2 - 1.0 - q.logvar).sum(-1)
    ratio = torch.exp(q.logvar - p.logvar)
    shift = (q.loc - p.loc) ** 2 * torch.exp(-p.logvar)
    return 0.5 * (ratio + shift - 1.0 + p.logvar - q.logvar).sum(-1)


def jensen_shannon(experts: Gaussian, weights: Tensor, mean: Gaussian) -> Tensor:
    r"""Return the Jensen-Shannon divergence of K Gaussians with respect to an abstract mean.

    .. math:: JS_\pi(\{q_k\}) = \sum_k \pi_k \, KL(q_k \| f(\{q_\nu\}))

    Shapes:
        experts: (K, B, D). weights: (K, B). mean: (B, D). returns: (B,), nats.

    References:
        Sutter, Daunhawer, Vogt (2020), Eq. 4 and Definition 3.
    """
    return (weights * gaussian_kl(experts, mean)).sum(0)
