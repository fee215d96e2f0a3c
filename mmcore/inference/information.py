"""How much each modality tells of the content: nats that it adds, and its share of the precision."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from mmcore.codec import Encoding
from mmcore.distributions import Gaussian
from mmcore.distributions.divergences import kl
from mmcore.fusion import Fusion
from mmcore.inference.subsets import having, restricted, selected
from mmcore.noise import Noise

__all__ = ["Information", "information"]


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
    fusion: Fusion, encoding: Encoding, names: Sequence[str], noise: Noise
) -> Information:
    r"""Return what each modality adds to the posterior that all others of the row give.

    Nats are :math:`KL(q(c|X) \| q(c|X_{-m}))`, with the prior N(0, I) for X_{-m} where the row has
    nothing else: in closed form for Gaussians, estimated by draws otherwise. They do not add up:
    what two modalities both tell counts for neither.

    The share of precision is the elasticity of the joint precision :math:`\tau = 1/\sigma^2`,

    .. math:: \frac1D \sum_d \frac{\partial \log \tau_d}{\partial \log \tau_{m,d}},

    which for a product of experts is :math:`\tau_m / \sum_k \tau_k` and for a geometric mean the same with
    weighted precisions. Shares sum to 1, less that of a prior among the experts.

    Arguments:
        fusion: how experts become the joint posterior.
        encoding: of the rows, each with one modality at least.
        names: all modalities, in the order of the codec.
        noise: for estimates.
    """
    nats = [_nats(fusion, encoding, names, name, noise.at(name)) for name in names]
    return Information(torch.stack(nats), _precision(fusion, encoding))


def _nats(
    fusion: Fusion, encoding: Encoding, names: Sequence[str], name: str, noise: Noise
) -> Tensor:
    there = having(encoding, names, (name,))
    others = restricted(encoding, names, [other for other in names if other != name])
    rest = others.present.any(0)
    found = torch.full_like(encoding.content.loc[0, :, 0], torch.nan)
    beside, alone = there & rest, there & ~rest
    if bool(beside.any()):
        q, p = (fusion(selected(e, beside)) for e in (encoding, others))
        found[beside] = kl(q, p, _for(noise, beside))
    if bool(alone.any()):
        q = fusion(selected(encoding, alone))
        prior = Gaussian(torch.zeros_like(q.mean), torch.zeros_like(q.mean))
        found[alone] = kl(q, prior, _for(noise, alone))
    return found


def _for(noise: Noise, rows: Tensor) -> Noise:
    return Noise(int(rows.sum()), noise.seed, noise.step, device=noise.device, path=noise.path)


def _precision(fusion: Fusion, encoding: Encoding) -> Tensor:
    with torch.enable_grad():
        logvar = encoding.content.logvar.detach().requires_grad_()
        experts = Gaussian(encoding.content.loc.detach(), logvar)
        joint = fusion(Encoding(experts, encoding.present, {}, {}))
        # Neither rows nor dimensions mix, so that the gradient of the sum holds every derivative.
        (share,) = torch.autograd.grad(2 * joint.stddev.log().sum(), logvar)
    return share.mean(-1).masked_fill(~encoding.present, torch.nan)
