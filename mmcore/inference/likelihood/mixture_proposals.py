"""Log-likelihoods with mixtures of experts as proposals, from one set of draws for all subsets."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from mmcore.codec import Codec
from mmcore.distributions import Gaussian
from mmcore.encoding import Encoding
from mmcore.inference.likelihood.importance import log_priors, scorers_of, scorings_of
from mmcore.inference.likelihood.importance_sampling import DRAWS_AT_ONCE, ImportanceEstimate
from mmcore.noise import Noise
from mmcore.priors import LatentPrior, Latents
from mmcore.scoring import Scorer

__all__ = ["mixture_log_likelihoods"]

Subset = tuple[str, ...]
Counts = Mapping[Subset, Tensor]


@torch.no_grad()
def mixture_log_likelihoods(
    codec: Codec,
    weights: Tensor,
    encoding: Encoding,
    subsets: Sequence[Subset],
    noise: Noise,
    draws: int,
    *,
    priors: Sequence[LatentPrior],
    draws_at_once: int = DRAWS_AT_ONCE,
    bfloat16: bool = False,
) -> dict[Subset, tuple[ImportanceEstimate, ...]]:
    r"""Estimate log p(X) of each row under each prior with the mixture of each subset's experts as proposal.

    .. math:: \log p(X) \approx \log \frac1S \sum_{k \in K} \sum_{i=1}^{S_k}
        \frac{p(X | c_{ki}, s_{ki})\, p(c_{ki}, s_{ki})}{q(c_{ki} | X_K)\, q(s_{ki} | X_K)},
        \qquad c_{ki} \sim q(c | x_k),\; q(c | X_K) = \sum_{k \in K} \pi_k\, q(c | x_k)

    The same estimate as `log_likelihoods` with a mixture of experts. A draw of q(c | x_k) is decoded
    once for all mixtures that contain k: with three modalities, 9 decodings instead of 21, or 12 for
    modalities with styles. Each row of each subset uses :math:`S_k \approx \pi_k S` of them, by
    systematic sampling. Estimates of different subsets are therefore not independent of one another.

    Shapes:
        weights: (M,).

    Arguments:
        codec: the decoders.
        weights: weights of the experts; renormalized over each subset.
        encoding: encoding of all modalities; for rows that lack a modality of a subset, the estimate of
            that subset is not meaningful.
        subsets: each K.
        noise: randomness of this batch.
        draws: S, for each row.
        priors: each p(c, s).
        draws_at_once: draws that are decoded at a time.
        bfloat16: whether the decoders run in bfloat16 by autocast; densities are summed in float32.

    References:
        Burda, Grosse, Salakhutdinov (2016), Section 3; Sutter, Daunhawer, Vogt (2020), Table 4.
    """
    with torch.autocast(encoding.present.device.type, torch.bfloat16, enabled=bfloat16):
        scorers = scorers_of(scorings_of(codec), encoding)
    parts: dict[Subset, list[list[Tensor]]] = {subset: [] for subset in subsets}
    shares = {subset: _shares(weights, codec.names, subset) for subset in subsets}
    for start in range(0, draws, draws_at_once):
        size, chunk = min(draws_at_once, draws - start), noise.at(f"{start}")
        counts = {subset: _counts(share, chunk, size) for subset, share in shares.items()}
        with torch.autocast(encoding.present.device.type, torch.bfloat16, enabled=bfloat16):
            for name in codec.names:
                # All S draws, so that the estimate of a subset does not depend on the other subsets.
                wide = chunk.at(name).resized(size * noise.rows)
                weights_of_expert = _of_expert(
                    codec, name, encoding, scorers, shares, counts, wide, priors
                )
                for subset, log_w in weights_of_expert.items():
                    parts[subset].append(log_w)
    return {
        subset: tuple(
            ImportanceEstimate.of(torch.cat(log_w), draws) for log_w in zip(*each, strict=True)
        )
        for subset, each in parts.items()
    }


def _shares(weights: Tensor, names: Sequence[str], subset: Subset) -> Tensor:
    """Return the weights renormalized over a subset, (M,), 0 outside of it."""
    inside = weights * torch.tensor([name in subset for name in names], device=weights.device)
    return inside / inside.sum()


def _counts(shares: Tensor, noise: Noise, draws: int) -> Tensor:
    """Return the number of draws from each expert for each row, (M, B); in expectation its share."""
    cumulative = shares.cumsum(0)
    # Slightly below the total, so that rounding never reaches past the last expert with a share.
    reach = _systematic(noise, draws) * (cumulative[-1] * (1 - 2**-20))
    chosen = (reach.unsqueeze(-1) >= cumulative[:-1]).sum(-1)
    experts = torch.arange(len(shares), device=shares.device)
    return (chosen.unsqueeze(-1) == experts).sum(0).T


def _systematic(noise: Noise, draws: int) -> Tensor:
    """Return (S, B) numbers on [0, 1), for each row one in every interval of length 1/S."""
    grid = torch.arange(draws, device=noise.device).unsqueeze(1) / draws
    return (grid + noise.uniform("share") / draws) % 1.0


def _of_expert(
    codec: Codec,
    expert: str,
    encoding: Encoding,
    scorers: Mapping[str, Scorer],
    shares: Mapping[Subset, Tensor],
    counts: Counts,
    noise: Noise,
    priors: Sequence[LatentPrior],
) -> dict[Subset, list[Tensor]]:
    """Return the (S_k, B) log weights of one expert's draws in each mixture, under each prior."""
    k = codec.names.index(expert)
    needed = {subset: count[k] for subset, count in counts.items() if expert in subset}
    if not needed:
        return {}
    # c_i ~ q(c | x_k)
    posterior = Gaussian(encoding.content.loc[k], encoding.content.logvar[k])
    content = _draws(posterior, noise.at("content"))
    log_q = encoding.content.log_prob(content.unsqueeze(1))
    terms, styles = _decoded(codec, encoding, scorers, content, needed, noise)
    log_weights = {}
    for subset, count in needed.items():
        size = int(count.max())
        # - log q(c | X_K), the density of the whole mixture
        log_w = -(log_q[:size] + shares[subset].log().unsqueeze(-1)).logsumexp(1)
        for name in codec.names:
            log_w = log_w + terms[name, name in subset][:size]
        own = {name: styles[name, name in subset][:size] for name in codec.names}
        latents = Latents(content[:size], own)
        taken = torch.arange(size, device=count.device).unsqueeze(1) < count
        log_weights[subset] = [
            (log_w + log_p).masked_fill(~taken, -torch.inf) for log_p in log_priors(priors, latents)
        ]
    return log_weights


def _decoded(
    codec: Codec,
    encoding: Encoding,
    scorers: Mapping[str, Scorer],
    content: Tensor,
    needed: Mapping[Subset, Tensor],
    noise: Noise,
) -> tuple[dict[tuple[str, bool], Tensor], dict[tuple[str, bool], Tensor]]:
    """Return log p(x_m | c, s_m) - log q(s_m) and s_m of the needed draws, by (m, whether m is given)."""
    terms, styles = {}, {}
    for name in codec.names:
        both = codec.style_dims[name] == 0
        for given in (True,) if both else (True, False):
            users = [n for subset, n in needed.items() if both or (name in subset) == given]
            if users:
                size = max(int(count.max()) for count in users)
                drawn = noise.at(f"{name}/{given}")
                key = name, given
                terms[key], styles[key] = _term(
                    codec, name, encoding, scorers, content[:size], given, drawn
                )
        if both:
            terms[name, False], styles[name, False] = terms[name, True], styles[name, True]
    return terms, styles


def _term(
    codec: Codec,
    name: str,
    encoding: Encoding,
    scorers: Mapping[str, Scorer],
    content: Tensor,
    given: bool,
    noise: Noise,
) -> tuple[Tensor, Tensor]:
    """Return log p(x_m | c, s_m) - log q(s_m), (S, B), and s_m; without the first where m is missing."""
    size, dtype, prior = len(content), encoding.content.loc.dtype, codec.style_prior(name)
    # s_m ~ p(s_m)
    style = prior.sample(noise, "eps").to(dtype).unflatten(0, (-1, encoding.rows))[:size]
    log_q = prior.log_prob(style)
    if name not in scorers:
        return -log_q, style
    present = encoding.present[codec.names.index(name)]
    if given:
        # s_m ~ q(s_m | x_m)
        q = encoding.styles[name]
        drawn = _draws(q, noise)[:size]
        style = torch.where(present.unsqueeze(-1), drawn, style)
        log_q = torch.where(present, q.log_prob(drawn), log_q)
    return scorers[name](content, style).masked_fill(~present, 0.0) - log_q, style


def _draws(q: Gaussian, noise: Noise) -> Tensor:
    """Return S = noise rows / B draws of each row, (S, B, D)."""
    rows, size = q.loc.shape
    eps = noise.normal("eps", size).to(q.loc.dtype).reshape(noise.rows // rows, rows, size)
    return q.loc + q.stddev * eps
