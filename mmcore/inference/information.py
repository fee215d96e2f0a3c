"""How much each modality tells of the content: nats that it adds, and its share of the precision."""

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
    r"""What each modality adds to the joint posterior of each row.

    Shapes:
        nats: (M, B), :math:`KL(q(c|X) \| q(c|X_{-m}))`, NaN where the row lacks the modality.
        precision: (M, B), the share of the joint precision that is the expert's, NaN likewise.
    """

    nats: Tensor
    precision: Tensor


@torch.no_grad()
def information(
    prior: Prior, posterior: Inference, encoding: Encoding, noise: Noise
) -> Information:
    r"""Return what each modality adds to the posterior that all others of the row give.

    Nats are :math:`KL(q(c|X) \| q(c|X_{-m}))`, with the prior for X_{-m} where the row has nothing
    else: in closed form for Gaussians, estimated by draws otherwise. They do not add up: what two
    modalities both contain counts for neither.

    The share of precision is the elasticity of the joint precision :math:`\tau = 1/\sigma^2`,

    .. math:: \frac1D \sum_d \frac{\partial \log \tau_d}{\partial \log \tau_{m,d}},

    which for a product of experts is :math:`\tau_m / \sum_k \tau_k` and for a geometric mean the same with
    weighted precisions. Shares sum to 1, less that of a prior among the experts. A posterior that does
    not depend on unimodal experts, such as that of a joint encoder, has none: NaN, or 0.

    Arguments:
        prior: p(c).
        posterior: the joint posterior.
        encoding: of the rows, each with one modality at least.
        noise: for estimates.
    """
    nats = [_nats(prior, posterior, encoding, n, noise.at(n)) for n in encoding.names]
    return Information(torch.stack(nats), _precision(posterior, encoding))


def _nats(
    prior: Prior, posterior: Inference, encoding: Encoding, name: str, noise: Noise
) -> Tensor:
    there = encoding.has((name,))
    others = encoding.restrict([other for other in encoding.names if other != name])
    rest = others.present.any(0)
    found = torch.full_like(encoding.content.loc[0, :, 0], torch.nan)
    beside, alone = there & rest, there & ~rest
    if bool(beside.any()):
        q, p = (posterior(e.select(beside)) for e in (encoding, others))
        found[beside] = kl(q, p, _for(noise, beside))
    if bool(alone.any()):
        found[alone] = _from_prior(prior, posterior(encoding.select(alone)), _for(noise, alone))
    return found


def _from_prior(prior: Prior, q: LatentDistribution, noise: Noise) -> Tensor:
    p = prior.gaussian()
    if p is not None:
        return kl(q, Gaussian(p.loc.expand_as(q.mean), p.logvar.expand_as(q.mean)), noise)
    draws = [q.rsample(noise.at(f"{number}")) for number in range(DRAWS)]
    return torch.stack([q.log_prob(z) - prior.log_prob(z) for z in draws]).mean(0)


def _for(noise: Noise, rows: Tensor) -> Noise:
    return Noise(int(rows.sum()), noise.seed, noise.step, device=noise.device, path=noise.path)


def _precision(posterior: Inference, encoding: Encoding) -> Tensor:
    with torch.enable_grad():
        logvar = encoding.content.logvar.detach().requires_grad_()
        experts = Gaussian(encoding.content.loc.detach(), logvar)
        stddev = posterior(replace(encoding, content=experts)).stddev
        if not stddev.requires_grad:
            return torch.full_like(encoding.present, torch.nan, dtype=logvar.dtype)
        # Neither rows nor dimensions mix, so that the gradient of the sum holds every derivative.
        total = 2 * stddev.log().sum()
        (share,) = torch.autograd.grad(total, logvar, allow_unused=True, materialize_grads=True)
    return share.mean(-1).masked_fill(~encoding.present, torch.nan)
