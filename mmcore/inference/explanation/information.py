"""Information of each modality about the content: the nats it adds, and its share of the precision."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from mmcore.distributions import Gaussian, LatentDistribution
from mmcore.distributions.divergences import kl
from mmcore.encoding import Encoding, Inference
from mmcore.noise import Noise
from mmcore.priors import Prior

__all__ = ["Information", "information"]

DRAWS = 100


@dataclass(frozen=True, slots=True)
class Information:
    r"""Contribution of each modality to the joint posterior of each row.

    Shapes:
        nats: (M, B), :math:`KL(q(c|X) \| q(c|X_{-m}))`; NaN in rows that lack the modality.
        precision: (M, B), share of the unimodal expert in the joint precision; NaN in rows that lack the
            modality, and everywhere if the posterior does not use the precisions of experts.
    """

    nats: Tensor
    precision: Tensor


@torch.no_grad()
def information(
    prior: Prior, posterior: Inference, encoding: Encoding, noise: Noise
) -> Information:
    r"""Return the contribution of each modality, given all other modalities of the row.

    The nats are :math:`KL(q(c|X) \| q(c|X_{-m}))`, with the prior for :math:`q(c|X_{-m})` in rows that
    have no other modality: in closed form for Gaussians, estimated by draws otherwise. They are not
    additive: information that two modalities share counts for neither.

    The share of precision is the elasticity of the joint precision :math:`\tau = 1/\sigma^2`,

    .. math:: \frac1D \sum_d \frac{\partial \log \tau_d}{\partial \log \tau_{m,d}},

    which for a product of experts is :math:`\tau_m / \sum_k \tau_k`, and for a geometric mean the same with
    weighted precisions. The shares sum to 1 minus the share of a prior among the experts. A posterior
    that does not depend on the precisions of unimodal experts, such as a joint encoder, has none: NaN.

    Arguments:
        prior: p(c).
        posterior: the joint posterior.
        encoding: encoding of the rows, each with at least one modality.
        noise: randomness of the estimates.
    """
    nats = [_nats(prior, posterior, encoding, n, noise.at(n)) for n in encoding.names]
    return Information(torch.stack(nats), _precision(posterior, encoding))


def _nats(
    prior: Prior, posterior: Inference, encoding: Encoding, name: str, noise: Noise
) -> Tensor:
    present = encoding.has((name,))
    others = encoding.restrict([other for other in encoding.names if other != name])
    rest = others.present.any(0)
    nats = torch.full_like(encoding.content.loc[0, :, 0], torch.nan)
    with_others, alone = present & rest, present & ~rest
    if bool(with_others.any()):
        q, p = (posterior(e.select(with_others)) for e in (encoding, others))
        nats[with_others] = kl(q, p, noise.resized(int(with_others.sum())))
    if bool(alone.any()):
        q = posterior(encoding.select(alone))
        nats[alone] = _from_prior(prior, q, noise.resized(int(alone.sum())))
    return nats


def _from_prior(prior: Prior, q: LatentDistribution, noise: Noise) -> Tensor:
    p = prior.gaussian()
    if p is not None:
        return kl(q, Gaussian(p.loc.expand_as(q.mean), p.logvar.expand_as(q.mean)), noise)
    draws = [q.rsample(noise.at(f"{number}")) for number in range(DRAWS)]
    return torch.stack([q.log_prob(z) - prior.log_prob(z) for z in draws]).mean(0)


def _precision(posterior: Inference, encoding: Encoding) -> Tensor:
    with torch.enable_grad():
        logvar = encoding.content.logvar.detach().requires_grad_()
        experts = Gaussian(encoding.content.loc.detach(), logvar)
        stddev = posterior(replace(encoding, content=experts)).stddev
        # Neither rows nor dimensions interact, so the gradient of the sum contains every derivative.
        total = 2 * stddev.log().sum()
        share = None
        if total.requires_grad:
            (share,) = torch.autograd.grad(total, logvar, allow_unused=True)
    if share is None:
        return torch.full_like(encoding.present, torch.nan, dtype=logvar.dtype)
    return share.mean(-1).masked_fill(~encoding.present, torch.nan)
