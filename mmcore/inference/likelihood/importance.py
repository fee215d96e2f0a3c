"""Draws of content and styles with their importance weights."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from mmcore.codec import Codec
from mmcore.encoding import Encoding, Inference
from mmcore.fusion import Fusion
from mmcore.noise import Noise
from mmcore.priors import LatentPrior, Latents
from mmcore.scoring import Scorer

__all__ = ["WeightedDraws", "log_priors", "scorers_of", "scorings_of", "weighted_draws"]


@dataclass(frozen=True, slots=True)
class WeightedDraws:
    r"""Draws of content and styles from a proposal, with importance weights.

    .. math:: w = \frac{p(x_K | c, s)\, p(c, s)}{q(c, s | x_K)}

    Shapes:
        latents: content (S, B, D), styles (S, B, D_m).
        log_w: (S, B) nats, for each prior.
    """

    latents: Latents
    log_w: Sequence[Tensor]


def weighted_draws(
    codec: Codec,
    posterior: Inference,
    encoding: Encoding,
    given: Sequence[str],
    scorers: Mapping[str, Scorer],
    noise: Noise,
    draws: int,
    priors: Sequence[LatentPrior],
) -> WeightedDraws:
    r"""Return draws of :math:`q(c | X_K) q(s | X_K)` with their importance weights for p(c, s | X).

    Arguments:
        codec: the decoders.
        posterior: the proposal q(c | X_K).
        encoding: encoding of the rows.
        given: K; every row must have one of these modalities.
        scorers: by modality of X, see `scorers_of`.
        noise: randomness of these rows.
        draws: S, for each row; all are decoded at once.
        priors: each p(c, s).
    """
    # Draw i of row b is at index i * B + b: systematic over the draws of each row.
    # A mean of experts reads no values, which can be wide.
    used = replace(encoding, values={}) if isinstance(posterior, Fusion) else encoding
    noise, tiled = noise.resized(draws * noise.rows), used.repeat(draws)
    proposal = posterior(tiled.restrict(given))
    content = proposal.rsample(noise.at("content"))
    log_w, styles = -proposal.log_prob(content), {}
    for name, present in zip(codec.names, tiled.present, strict=True):
        measured = name in scorers
        seen = present & (measured and name in given)
        styles[name], log_q = _style(codec, tiled, name, seen, noise.at(name))
        log_w = log_w - log_q
        if measured:
            by_draw = (z.unflatten(0, (draws, -1)) for z in (content, styles[name]))
            term = scorers[name](*by_draw).flatten()
            log_w = log_w + term.masked_fill(~present, 0.0)
    latents = Latents(content, styles)
    # log p(X | c, s) + log p(c, s) - log q(c | X_K) - log q(s | X_K)
    weights = [(log_w + log_p).reshape(draws, -1) for log_p in log_priors(priors, latents)]
    return WeightedDraws(latents.by_draw(draws), weights)


def scorings_of(
    codec: Codec, names: Sequence[str] | None = None
) -> dict[str, Callable[[Tensor], Scorer]]:
    """Return `Modality.scoring` by modality, for all batches that are scored with the same weights.

    Arguments:
        codec: the modalities.
        names: which of them; default: all.
    """
    return {name: codec[name].scoring() for name in names or codec.names}


def scorers_of(
    scorings: Mapping[str, Callable[[Tensor], Scorer]], encoding: Encoding
) -> dict[str, Scorer]:
    """Return log p(x_m | c, s_m) of the encoded values as a function of draws, by modality."""
    values = encoding.values
    return {name: scoring(values[name]) for name, scoring in scorings.items() if name in values}


def log_priors(priors: Sequence[LatentPrior], latents: Latents) -> list[Tensor]:
    """Return the log density of each prior, (*S, B) each, without autocast."""
    with torch.autocast(latents.content.device.type, enabled=False):
        return [prior.log_prob(latents) for prior in priors]


def _style(
    codec: Codec, encoding: Encoding, name: str, seen: Tensor, noise: Noise
) -> tuple[Tensor, Tensor]:
    """Return a style for each row, (B, D_m), and its log density: of q in rows that are seen, or p."""
    prior, dtype = codec.style_prior(name), encoding.content.loc.dtype
    style = prior.sample(noise, "eps").to(dtype)
    log_p = prior.log_prob(style)
    if not bool(seen.any()):
        return style, log_p
    q = encoding.styles[name]
    drawn = q.rsample(noise)
    return torch.where(seen.unsqueeze(-1), drawn, style), torch.where(
        seen, q.log_prob(drawn), log_p
    )
