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
    there = [name in encoding.values for name in codec.names]
    names = [name for name in codec.names if name in encoding.values]
    log_prob = torch.stack(
        [
            codec.decode(name, content, styles[name]).log_prob(encoding.values[name])
            for name in names
        ]
    )
    absent = ~(encoding.present if all(there) else encoding.present[there])
    return dict(zip(names, (-log_prob).masked_fill(absent, 0.0).unbind(0), strict=True))


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
    total = torch.zeros(())
    for name, term in terms.items():
        total = torch.add(total, term, alpha=weights[name])
    return total


def named(name: str, divergence: Tensor, styles: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the divergences under the names that logs show."""
    return {name: divergence, **{f"style/{n}": kl for n, kl in styles.items()}}
