"""Terms that objectives share."""

from collections.abc import Mapping

import torch
from torch import Tensor

from mmcore.codec import Codec, Encoding
from mmcore.distributions import gaussian_kl
from mmcore.objectives.styles import stacked

__all__ = [
    "log_likelihood_of_draws",
    "named",
    "negative_log_likelihoods",
    "style_divergences",
    "weighted_sum",
]


def negative_log_likelihoods(
    codec: Codec, encoding: Encoding, content: Tensor, styles: Mapping[str, Tensor]
) -> dict[str, Tensor]:
    r"""Return :math:`-\log p(x_m | c, s_m)` by modality, (B,) nats, 0 where absent."""
    nll = {}
    for name, present in zip(codec.names, encoding.present, strict=True):
        if name in encoding.values:
            likelihood = codec.decode(name, content, styles[name])
            log_prob: Tensor = likelihood.log_prob(encoding.values[name])
            nll[name] = -log_prob.masked_fill(~present, 0.0)
    return nll


def log_likelihood_of_draws(
    codec: Codec, encoding: Encoding, name: str, content: Tensor, style: Tensor
) -> Tensor:
    r"""Return :math:`\log p(x_m | c, s_m)` for S draws in one pass of the decoder, 0 where absent.

    Shapes:
        content: (S, B, D). style: (S, B, D_m). returns: (S, B), nats.
    """
    draws, x = content.shape[0], encoding.values[name]
    likelihood = codec.decode(name, content.flatten(0, 1), style.flatten(0, 1))
    repeated = x.expand(draws, *x.shape).flatten(0, 1)
    log_prob: Tensor = likelihood.log_prob(repeated)
    absent = ~encoding.present[codec.names.index(name)]
    return log_prob.reshape(draws, -1).masked_fill(absent, 0.0)


def style_divergences(encoding: Encoding) -> dict[str, Tensor]:
    r"""Return :math:`KL(q(s_m | x_m) \| N(0, I))` by modality, (B,) nats, 0 where absent.

    A modality without a subspace of its own is left out.
    """
    owned = {name: style for name, style in encoding.styles.items() if style.loc.shape[-1]}
    found: dict[str, Tensor] = {}
    for names, style in stacked(owned):
        found.update(zip(names, gaussian_kl(style).unbind(0), strict=True))
    return found


def weighted_sum(terms: Mapping[str, Tensor], weights: Mapping[str, float]) -> Tensor:
    """Return the sum over names of ``weights[name] * terms[name]``, (B,), or () if there is none."""
    return sum((weights[name] * term for name, term in terms.items()), start=torch.zeros(()))


def named(name: str, divergence: Tensor, styles: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the divergences under the names that logs show."""
    return {name: divergence, **{f"style/{n}": kl for n, kl in styles.items()}}
