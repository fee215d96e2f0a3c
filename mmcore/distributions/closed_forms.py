"""Closed forms with explicit gradients.

For small tensors the number of operations determines the time, not their size. Autograd runs and
stores one backward operation for each forward operation; an explicit gradient reuses intermediate
results of the value. The public functions are `gaussian_kl`, `precision_weighted`, `products` and
`Gaussian.bounded`.
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

__all__ = [
    "GaussianKl",
    "GaussianKlToStandard",
    "PrecisionWeighted",
    "SoftBound",
    "SubsetProducts",
]


class GaussianKl(torch.autograd.Function):
    r"""The divergence of two diagonal Gaussians, (..., B) of (..., B, D), from loc and logvar of each.

    With :math:`\delta = \mu_q - \mu_p`, :math:`r = \sigma_q^2 / \sigma_p^2` and
    :math:`s = \delta / \sigma_p^2`:

    .. math:: KL = \tfrac12 \sum_d \left[ r - \log r + \delta s - 1 \right], \quad
        \frac{\partial KL}{\partial \mu_q} = s = -\frac{\partial KL}{\partial \mu_p}, \quad
        \frac{\partial KL}{\partial \log \sigma_q^2} = \tfrac12 (r - 1), \quad
        \frac{\partial KL}{\partial \log \sigma_p^2} = \tfrac12 (1 - r - \delta s)
    """

    @staticmethod
    def forward(
        context: Any, q_loc: Tensor, q_logvar: Tensor, p_loc: Tensor, p_logvar: Tensor
    ) -> Tensor:
        """Return the value, and save what the gradient reuses."""
        log_ratio, delta = q_logvar - p_logvar, q_loc - p_loc
        ratio, scaled = log_ratio.exp(), delta * torch.exp(-p_logvar)
        context.save_for_backward(ratio, delta, scaled)
        context.shapes = [t.shape for t in (q_loc, q_logvar, p_loc, p_logvar)]
        doubled = (ratio - log_ratio).addcmul_(delta, scaled).sum(-1)
        return 0.5 * (doubled - ratio.shape[-1])

    @staticmethod
    @once_differentiable
    def backward(context: Any, gradient: Tensor) -> tuple[Tensor, ...]:
        """Return the gradient of each argument."""
        ratio, delta, scaled = context.saved_tensors
        gradient = gradient.unsqueeze(-1)
        loc, half = gradient * scaled, 0.5 * gradient
        logvar = half * (ratio - 1)
        p_logvar = -torch.addcmul(logvar, half * delta, scaled)
        each = (loc, logvar, -loc, p_logvar)
        return tuple(g.sum_to_size(shape) for g, shape in zip(each, context.shapes, strict=True))


class GaussianKlToStandard(torch.autograd.Function):
    r"""The divergence of a diagonal Gaussian from N(0, I), (..., B) of (..., B, D).

    .. math:: KL = \tfrac12 \sum_d \left[ \sigma^2 - \log \sigma^2 + \mu^2 - 1 \right], \quad
        \frac{\partial KL}{\partial \mu} = \mu, \quad
        \frac{\partial KL}{\partial \log \sigma^2} = \tfrac12 (\sigma^2 - 1)
    """

    @staticmethod
    def forward(context: Any, loc: Tensor, logvar: Tensor) -> Tensor:
        """Return the value, and save what the gradient reuses."""
        variance = logvar.exp()
        context.save_for_backward(loc, variance)
        doubled = (variance - logvar).addcmul_(loc, loc).sum(-1)
        return 0.5 * (doubled - loc.shape[-1])

    @staticmethod
    @once_differentiable
    def backward(context: Any, gradient: Tensor) -> tuple[Tensor, Tensor]:
        """Return the gradient of each argument."""
        loc, variance = context.saved_tensors
        gradient = gradient.unsqueeze(-1)
        return gradient * loc, (variance - 1).mul_(0.5 * gradient)


class PrecisionWeighted(torch.autograd.Function):
    r"""Mean and log-variance, (B, D) each, of a product of Gaussians.

    From :math:`a_k = \log (w_k / \sigma_k^2)` and :math:`\mu_k`, (K, B, D) each, with the share of the
    precision :math:`\rho = \mathrm{softmax}(a)`:

    .. math:: \mu_f = \sum_k \rho_k \mu_k, \quad \log \sigma_f^2 = - \log \sum_k e^{a_k}, \quad
        \frac{\partial \mu_f}{\partial \mu_k} = \rho_k, \quad
        \frac{\partial \mu_f}{\partial a_k} = \rho_k (\mu_k - \mu_f), \quad
        \frac{\partial \log \sigma_f^2}{\partial a_k} = -\rho_k
    """

    @staticmethod
    def forward(context: Any, log_precisions: Tensor, locs: Tensor) -> tuple[Tensor, Tensor]:
        """Return the value, and save what the gradient reuses."""
        log_shares = log_precisions.log_softmax(0)
        # log sum_k e^{a_k} = a_k - log rho_k for any k; the largest loses no digits.
        logvar = log_shares.amax(0).sub_(log_precisions.amax(0))
        shares = log_shares.exp_()
        loc = (shares * locs).sum(0)
        context.save_for_backward(shares, locs, loc)
        return loc, logvar

    @staticmethod
    @once_differentiable
    def backward(context: Any, *gradients: Tensor) -> tuple[Tensor, Tensor]:
        """Return the gradient of each argument."""
        shares, locs, loc = context.saved_tensors
        of_locs = shares * gradients[0]
        return torch.addcmul(of_locs * (locs - loc), shares, gradients[1], value=-1), of_locs


class SubsetProducts(torch.autograd.Function):
    r"""Mean and log-variance, (T, B, D) each, of the products of T subsets of K Gaussians.

    From the membership :math:`e_{tk} \in \{0, 1\}`, (T, K), the precisions :math:`\tau_k` and
    :math:`\nu_k = \tau_k \mu_k`, (K, B, D) each, 0 where a row lacks an expert, and from whether a subset
    and a row have an expert in common, (T, B):

    .. math:: \tau_t = \sum_k e_{tk} \tau_k, \quad \mu_t = \sum_k e_{tk} \nu_k / \tau_t, \quad
        \frac{\partial \mu_t}{\partial \nu_k} = \frac{e_{tk}}{\tau_t}, \quad
        \frac{\partial \mu_t}{\partial \tau_k} = -\frac{e_{tk} \mu_t}{\tau_t}, \quad
        \frac{\partial \log \sigma_t^2}{\partial \tau_k} = -\frac{e_{tk}}{\tau_t}

    Without a common expert the product is N(0, I). The gradient keeps the results alone: those of hundreds
    of subsets are far larger than the experts.
    """

    @staticmethod
    def forward(
        context: Any, members: Tensor, precisions: Tensor, weighted: Tensor, common: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Return the value, and save it for the gradient."""
        total = _over_experts(members, precisions)
        total.masked_fill_(~common.unsqueeze(-1), 1.0)
        loc = _over_experts(members, weighted).div_(total)
        logvar = total.log_().neg_()
        context.save_for_backward(members, loc, logvar)
        return loc, logvar

    @staticmethod
    @once_differentiable
    def backward(context: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        """Return the gradients of the precisions, and of the precisions times the means."""
        members, loc, logvar = context.saved_tensors
        variance = logvar.exp()
        of_weighted = gradients[0] * variance
        # - (d mu_t) mu_t / tau_t - (d log sigma_t^2) / tau_t
        of_precisions = variance.mul_(gradients[1]).addcmul_(of_weighted, loc).neg_()
        sums = (_over_experts(members.T, each) for each in (of_precisions, of_weighted))
        return None, *sums, None


def _over_experts(members: Tensor, each: Tensor) -> Tensor:
    """Return the sums of (K, B, D) over the chosen K, (T, B, D), as one matrix product."""
    sums: Tensor = (members @ each.flatten(1)).unflatten(1, each.shape[1:])
    return sums


class SoftBound(torch.autograd.Function):
    r"""The identity in [-k, k], and beyond it a smooth curve with the limits -b and b.

    With the excess :math:`e = x - \mathrm{clip}(x, -k, k)` and :math:`t = \tanh(e / (b - k))`:

    .. math:: f(x) = x - e + (b - k) t, \quad f'(x) = 1 - t^2
    """

    @staticmethod
    def forward(context: Any, x: Tensor, knee: float, bound: float) -> Tensor:
        """Return the value, and save what the gradient reuses."""
        inside = x.clamp(-knee, knee)
        t = (x - inside).div_(bound - knee).tanh_()
        context.save_for_backward(t)
        return inside.add_(t, alpha=bound - knee)

    @staticmethod
    @once_differentiable
    def backward(context: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        """Return the gradient of ``x``."""
        (t,) = context.saved_tensors
        return torch.addcmul(gradients[0], gradients[0] * t, t, value=-1), None, None
