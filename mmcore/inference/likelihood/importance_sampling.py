"""Log-likelihoods by importance sampling, with proposals given any subset of the modalities."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from mmcore.codec import Codec
from mmcore.encoding import Encoding, Inference
from mmcore.inference.likelihood.importance import scorers_of, scorings_of, weighted_draws
from mmcore.noise import Noise
from mmcore.priors import LatentPrior
from mmcore.scoring import Scorer

__all__ = [
    "ImportanceEstimate",
    "affordable_rows",
    "conditional_log_likelihood",
    "log_likelihood",
    "log_likelihoods",
    "rows_at_once",
]

DRAWS_AT_ONCE = 16
MOST_ROWS, NUMBERS_AT_ONCE = 50, 1 << 22
"""Limits of one batch: a larger one does not fit the caches of a processor and takes twice as long."""


@dataclass(frozen=True, slots=True)
class ImportanceEstimate:
    r"""An estimate of a log-likelihood, separate for each data point.

    Shapes:
        log_p: (B,), nats: the logarithm of the mean importance weight of the row's own draws.
        effective: (B,), effective sample size :math:`(\sum w)^2 / \sum w^2`, from 1 to ``draws``.

    Arguments:
        log_p: the estimate.
        effective: number of independent draws from the true posterior with the same precision.
        draws: number of draws S.
    """

    log_p: Tensor
    effective: Tensor
    draws: int

    @classmethod
    def of(cls, log_w: Tensor, draws: int) -> "ImportanceEstimate":
        """Return the estimate from (S, B) log weights; -inf where there was no draw."""
        total = log_w.logsumexp(0)
        effective = torch.exp(2 * total - (2 * log_w).logsumexp(0))
        return cls(total - math.log(draws), effective, draws)

    @property
    def mean(self) -> float:
        """The mean over the data points."""
        return float(self.log_p.mean())

    @property
    def standard_error(self) -> float:
        """Of the mean: the spread over data points, which holds that of the draws too."""
        rows = len(self.log_p)
        return float(self.log_p.std() / math.sqrt(rows)) if rows > 1 else math.nan

    @property
    def draw_error(self) -> Tensor:
        r"""Standard error of each row from its draws alone, (B,): :math:`\sqrt{1/ESS - 1/S}`."""
        return (1 / self.effective - 1 / self.draws).clamp_min(0).sqrt()


def rows_at_once(codec: Codec) -> int:
    """Return the number of rows to decode at a time: 50, fewer for values with many elements."""
    widest = max(modality.event_shape.numel() for modality in codec.modalities.values())
    return max(1, min(MOST_ROWS, NUMBERS_AT_ONCE // (DRAWS_AT_ONCE * widest)))


def affordable_rows(codec: Codec, least: int, most: int, numbers: int) -> int:
    """Return the number of rows whose values have ``numbers`` elements, between ``least`` and ``most``."""
    each = sum(modality.event_shape.numel() for modality in codec.modalities.values())
    return max(least, min(most, numbers // each))


@torch.no_grad()
def log_likelihood(
    codec: Codec,
    posterior: Inference,
    encoding: Encoding,
    given: Sequence[str],
    noise: Noise,
    draws: int,
    *,
    scored: Sequence[str] | None = None,
    scorers: Mapping[str, Scorer] | None = None,
    draws_at_once: int = DRAWS_AT_ONCE,
    bfloat16: bool = False,
) -> ImportanceEstimate:
    """Estimate log p(X) of each row under the priors of the training; see `log_likelihoods`."""
    (estimate,) = log_likelihoods(
        codec,
        posterior,
        encoding,
        given,
        noise,
        draws,
        priors=(codec.latent_prior,),
        scored=scored,
        scorers=scorers,
        draws_at_once=draws_at_once,
        bfloat16=bfloat16,
    )
    return estimate


@torch.no_grad()
def log_likelihoods(
    codec: Codec,
    posterior: Inference,
    encoding: Encoding,
    given: Sequence[str],
    noise: Noise,
    draws: int,
    *,
    priors: Sequence[LatentPrior],
    scored: Sequence[str] | None = None,
    scorers: Mapping[str, Scorer] | None = None,
    draws_at_once: int = DRAWS_AT_ONCE,
    bfloat16: bool = False,
) -> tuple[ImportanceEstimate, ...]:
    r"""Estimate log p(X) of each row under each prior, with the posterior given ``given`` as proposal.

    .. math:: \log p(X) \approx \log \frac1S \sum_{i=1}^S \frac{p(X | c_i, s_i)\, p(c_i, s_i)}
        {q(c_i | X_K)\, q(s_i | X_K)}, \qquad c_i \sim q(c | X_K),\; s_i \sim q(s | X_K)

    q(c | X_K) is the density of the whole posterior; for a mixture, not the density of one component.
    Styles are drawn from q(s_m | x_m) for given modalities and from the prior of the training for the
    others. All priors are measured with the same draws. Draws of a
    mixture are systematic within each row: every component is drawn in proportion to its weight.

    Arguments:
        codec: the decoders.
        posterior: the proposal q(c | X_K).
        encoding: encoding of all modalities.
        given: K; every row must have one of these modalities.
        noise: randomness of this batch.
        draws: S, for each row.
        priors: each p(c, s).
        scored: the modalities of X; default: all.
        scorers: those of `scorers_of`, if they have been computed already.
        draws_at_once: draws that are decoded at a time.
        bfloat16: whether the decoders run in bfloat16 by autocast; densities are summed in float32.

    References:
        Burda, Grosse, Salakhutdinov (2016), Section 3; Sutter, Daunhawer, Vogt (2020), Table 4.
    """
    with torch.autocast(encoding.present.device.type, torch.bfloat16, enabled=bfloat16):
        scorers = scorers or scorers_of(scorings_of(codec, scored), encoding)
    parts = []
    for start in range(0, draws, draws_at_once):
        count = min(draws_at_once, draws - start)
        with torch.autocast(encoding.present.device.type, torch.bfloat16, enabled=bfloat16):
            chunk = noise.at(f"{start}")
            own = weighted_draws(codec, posterior, encoding, given, scorers, chunk, count, priors)
            parts.append(own.log_w)
    return tuple(
        ImportanceEstimate.of(torch.cat(log_w), draws) for log_w in zip(*parts, strict=True)
    )


@torch.no_grad()
def conditional_log_likelihood(
    codec: Codec,
    posterior: Inference,
    encoding: Encoding,
    given: Sequence[str],
    target: str,
    noise: Noise,
    draws: int,
    *,
    draws_at_once: int = DRAWS_AT_ONCE,
) -> Tensor:
    r"""Estimate log p(x_m | X_K) of each row, for a modality m that is not among the given ones.

    .. math:: \log p(x_m | X_K) \approx \log \frac1S \sum_{i=1}^S p(x_m | c_i, s_i),
        \qquad c_i \sim q(c | X_K),\; s_i \sim p(s)

    This is the prediction of the model for m, with q(c | X_K) in place of the true posterior. In
    expectation the estimate is below the logarithm of the mean.

    Shapes:
        returns: (B,) nats.

    Arguments:
        codec: the decoders.
        posterior: q(c | X_K).
        encoding: encoding of all modalities.
        given: K.
        target: m.
        noise: randomness of this batch.
        draws: S, for each row.
        draws_at_once: draws that are decoded at a time.
    """
    seen, parts = encoding.restrict(given), []
    for start in range(0, draws, draws_at_once):
        count = min(draws_at_once, draws - start)
        drawn = noise.at(f"{start}").resized(count * noise.rows)
        tiled = seen.repeat(count)
        content = posterior(tiled).rsample(drawn.at("content"))
        style = codec.style_prior(target).sample(drawn.at(target), "style")
        log_p = codec.decode(target, content, style).log_prob(tiled.values[target])
        parts.append(log_p.reshape(count, -1))
    return torch.cat(parts).logsumexp(0) - math.log(draws)
