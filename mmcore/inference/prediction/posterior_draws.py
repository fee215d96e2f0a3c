"""Draws of content and styles: from the posterior of the model, or corrected by importance weights."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from mmcore.codec import Codec
from mmcore.encoding import Encoding
from mmcore.inference.likelihood.importance import (
    WeightedDraws,
    scorers_of,
    scorings_of,
    weighted_draws,
)
from mmcore.inference.likelihood.importance_sampling import DRAWS_AT_ONCE, ImportanceEstimate
from mmcore.model import Model
from mmcore.noise import Noise
from mmcore.priors import Latents

__all__ = [
    "LEAST_EFFECTIVE",
    "CorrectedDraws",
    "corrected_draws",
    "named_draws",
    "posterior_draws",
]

PROPOSALS = 512
"""Weighted draws of a row, from which its draws are resampled."""
LEAST_EFFECTIVE = 10.0
"""A row with fewer effective draws has the draws of the model's own posterior."""


@dataclass(frozen=True, slots=True)
class CorrectedDraws:
    """Draws of the corrected posterior.

    Shapes:
        latents: content (S, B, D), styles (S, B, D_m).
        effective: (B,), effective sample size of the weights.

    Arguments:
        latents: resampled draws, and draws of the model's own posterior in rows with few effective ones.
        effective: see `ImportanceEstimate`.
    """

    latents: Latents
    effective: Tensor

    @property
    def is_corrected(self) -> Tensor:
        """Which rows have enough effective draws, (B,)."""
        return self.effective >= LEAST_EFFECTIVE


@torch.no_grad()
def posterior_draws(model: Model, encoding: Encoding, draws: int, noise: Noise) -> Latents:
    """Return draws of content and styles, (S, B, D), given all that each row has.

    The content is drawn from the posterior that the method generates from, the style of a modality from
    q(s_m | x_m), or from the prior in rows that lack the modality.

    Arguments:
        model: a trained model.
        encoding: encoding of the rows.
        draws: S.
        noise: randomness of these rows.
    """
    q = model.generation(encoding)
    content = [q.rsample(noise.at(f"content/{number}")) for number in range(draws)]
    return Latents(
        torch.stack(content),
        {name: _styles(model.codec, encoding, name, draws, noise.at(name)) for name in model.names},
    )


def named_draws(
    model: Model, encoding: Encoding, posterior: str, draws: int, noise: Noise
) -> tuple[Latents, Tensor | None]:
    """Return draws of the posterior ``generation`` or ``corrected``, and its effective sample sizes.

    Arguments:
        model: a trained model.
        encoding: encoding of the rows.
        posterior: see `mmcore.config.predict.ImputeSettings`.
        draws: S.
        noise: randomness of these rows.
    """
    if posterior == "generation":
        return posterior_draws(model, encoding, draws, noise), None
    corrected = corrected_draws(model, encoding, draws, noise)
    return corrected.latents, corrected.effective


@torch.no_grad()
def corrected_draws(model: Model, encoding: Encoding, draws: int, noise: Noise) -> CorrectedDraws:
    r"""Return draws of content and styles that are resampled by their importance weights.

    .. math:: w_i \propto \frac{p(x_K | c_i, s_i)\, p(c_i, s_i)}{q(c_i | x_K)\, q(s_i | x_K)}, \qquad
        c_i, s_i \sim q(c, s | x_K)

    With many draws they follow p(c, s | x_K), the exact posterior of the generative model. Rows with fewer
    than `LEAST_EFFECTIVE` effective draws keep `posterior_draws`.

    Arguments:
        model: a trained model.
        encoding: encoding of the rows.
        draws: S.
        noise: randomness of these rows.

    References:
        Rubin (1988), "Using the SIR Algorithm to Simulate Posterior Distributions"; Mattei, Frellsen
        (2019), "MIWAE", Section 3.2.
    """
    own = posterior_draws(model, encoding, draws, noise.at("own"))
    weighted = _proposals(model, encoding, max(PROPOSALS, draws), noise.at("proposals"))
    (log_w,) = weighted.log_w
    places = _resampled(log_w, draws, noise.at("resample"))
    corrected = CorrectedDraws(
        weighted.latents.at((places, torch.arange(encoding.rows, device=places.device))),
        ImportanceEstimate.of(log_w, len(log_w)).effective,
    )
    chosen = corrected.is_corrected.unsqueeze(-1)
    return replace(corrected, latents=_where(chosen, corrected.latents, own))


def _styles(codec: Codec, encoding: Encoding, name: str, draws: int, noise: Noise) -> Tensor:
    """Return draws of q(s_m | x_m), (S, B, D_m), and of the prior in rows that lack the modality."""
    prior = codec.style_prior(name).sample(noise, "prior", draws).to(encoding.content.loc.dtype)
    if name not in encoding.styles:
        return prior.transpose(0, 1)
    q = encoding.styles[name]
    own = [q.rsample(noise.at(f"{number}")) for number in range(draws)]
    present = encoding.has((name,)).unsqueeze(-1)
    return torch.where(present, torch.stack(own), prior.transpose(0, 1))


def _proposals(model: Model, encoding: Encoding, draws: int, noise: Noise) -> WeightedDraws:
    codec = model.codec
    scored = [n for n, rows in zip(model.names, encoding.present, strict=True) if bool(rows.any())]
    scorers = scorers_of(scorings_of(codec, scored), encoding)
    parts = [
        weighted_draws(
            codec,
            model.inference,
            encoding,
            model.names,
            scorers,
            noise.at(f"{start}"),
            min(DRAWS_AT_ONCE, draws - start),
            (codec.latent_prior,),
        )
        for start in range(0, draws, DRAWS_AT_ONCE)
    ]
    return WeightedDraws(
        Latents(
            torch.cat([part.latents.content for part in parts]),
            {n: torch.cat([part.latents.styles[n] for part in parts]) for n in model.names},
        ),
        (torch.cat([part.log_w[0] for part in parts]),),
    )


def _resampled(log_w: Tensor, draws: int, noise: Noise) -> Tensor:
    """Return the indices of S of the P weighted draws of each row, (S, B), by systematic resampling."""
    reached = log_w.double().softmax(0).cumsum(0).T.contiguous()
    grid = torch.arange(draws, device=log_w.device, dtype=reached.dtype)
    wanted = (grid + noise.uniform("start", 1)) / draws
    places = torch.searchsorted(reached, wanted).clamp_max(len(log_w) - 1)
    # The draws of a row are in random order, so that any of them are a sample.
    return places.gather(1, noise.uniform("order", draws).argsort(1)).T


def _where(mask: Tensor, one: Latents, other: Latents) -> Latents:
    styles = {n: torch.where(mask, one.styles[n], other.styles[n]) for n in one.styles}
    return Latents(torch.where(mask, one.content, other.content), styles)
