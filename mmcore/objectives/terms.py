"""Terms that objectives share."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from mmcore.codec import Codec, Encoding
from mmcore.distributions import gaussian_kl
from mmcore.objectives.named import NamedTerms
from mmcore.objectives.styles import StyleStack

__all__ = [
    "log_likelihood_of_draws",
    "named",
    "negative_log_likelihoods",
    "style_divergences",
]


def negative_log_likelihoods(
    codec: Codec, encoding: Encoding, content: Tensor, styles: Mapping[str, Tensor]
) -> NamedTerms:
    r"""Return :math:`-\log p(x_m | c, s_m)` by modality, (B,) nats, 0 where absent."""
    names = tuple(name for name in codec.names if name in encoding.values)
    # All decoders first: small operations cost most after a large one has emptied the caches.
    likelihoods = [codec.decode(name, content, styles[name]) for name in names]
    nll = -torch.stack(
        [p.log_prob(encoding.values[name]) for name, p in zip(names, likelihoods, strict=True)]
    )
    if not encoding.complete:
        there = torch.stack([encoding.present[codec.names.index(name)] for name in names])
        nll = nll.masked_fill(~there, 0.0)
    return NamedTerms(names, nll)


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


def style_divergences(encoding: Encoding, styles: Sequence[StyleStack]) -> NamedTerms:
    r"""Return :math:`KL(q(s_m | x_m) \| N(0, I))` by modality, (B,) nats, 0 where absent.

    A modality without a subspace of its own is left out.
    """
    owned = [stack for stack in styles if stack.posterior.loc.shape[-1]]
    names = tuple(name for stack in owned for name in stack.names)
    found = [gaussian_kl(stack.posterior) for stack in owned]
    none = encoding.content.loc.new_zeros(0, encoding.present.shape[1])
    return NamedTerms(names, torch.cat(found) if found else none)


def named(name: str, divergence: Tensor, styles: NamedTerms) -> NamedTerms:
    """Return the divergences under the names that logs show."""
    names = (name, *(f"style/{style}" for style in styles.names))
    return NamedTerms(names, torch.cat([divergence.unsqueeze(0), styles.rows]))
