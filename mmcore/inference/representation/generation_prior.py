"""Fitting a prior to the aggregate posterior, so that samples of the model resemble the data."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

import torch
from torch import Tensor

from mmcore.data import Source
from mmcore.encoding import Encoding
from mmcore.inference.prediction.predictive import style_draw
from mmcore.inference.representation.batches import encoded_batches
from mmcore.model import Model
from mmcore.noise import Noise, derived_seed
from mmcore.priors import LatentPrior, Latents
from mmcore.priors.description import PriorDescription
from mmcore.priors.generation import GenerationPrior, generation_prior

__all__ = [
    "CHUNK",
    "HELD_OUT",
    "LEAST_ROWS",
    "MOST_ROWS",
    "OFF",
    "aggregate_draw",
    "aggregate_posterior",
    "chosen_rows",
    "fit_generation_prior",
]

MOST_ROWS, LEAST_ROWS = 10_000, 10
"""Number of samples that a prior is fitted to."""
HELD_OUT = 5
"""One of five draws is held out."""
CHUNK = 500
OFF = "standard"
"""The kind that is not fitted."""


@torch.no_grad()
def aggregate_posterior(model: Model, source: Source, indices: Tensor, seed: int) -> Latents:
    """Return one draw of content and styles for each sample.

    The content is drawn from the posterior that the method generates from, given all modalities of the
    sample; the style of a modality that a sample lacks is drawn from its prior.

    Arguments:
        model: a trained model.
        source: the samples.
        indices: which samples, (N,).
        seed: seed of the draws.
    """
    parts = []
    for batch in encoded_batches(model, source, indices, CHUNK, seed):
        parts.append(aggregate_draw(model, batch.encoding, batch.noise.at("aggregate")))
    return Latents(
        torch.cat([part.content for part in parts]),
        {name: torch.cat([part.styles[name] for part in parts]) for name in model.names},
    )


def aggregate_draw(model: Model, encoding: Encoding, noise: Noise) -> Latents:
    """Return a draw of content and styles for each row, see `aggregate_posterior`."""
    content = model.generation(encoding).rsample(noise.at("content"))
    styles = {n: style_draw(model.codec, encoding, n, noise.at(n)) for n in model.names}
    return Latents(content, styles)


def chosen_rows(source: Source, rows: int, seed: int) -> Tensor:
    """Return indices of random samples, at most ``rows`` and at most `MOST_ROWS`."""
    generator = torch.Generator().manual_seed(derived_seed("generation prior", seed))
    return torch.randperm(len(source), generator=generator)[: min(rows, MOST_ROWS)]


def fit_generation_prior(
    model: Model,
    source: Source,
    kind: str,
    options: Mapping[str, Any] | None = None,
    *,
    rows: int = MOST_ROWS,
    seed: int = 0,
) -> GenerationPrior | None:
    """Return a prior that is fitted to draws of the aggregate posterior; None if none is better, or possible.

    It is fitted to the content, and to content and styles together. The result is the one of the two, or
    the prior of the training, under which held-out draws have the highest density. It is a function of the
    weights, the samples and the seed.

    Arguments:
        model: a trained model, in eval mode.
        source: training samples.
        kind: name of the prior; ``standard`` for none.
        options: options of that prior.
        rows: largest number of samples.
        seed: which samples, and all draws.

    Raises:
        MmcoreError: there is no such prior, or an option is not valid.
    """
    model.context.catalogue.settings("prior", kind, options or {})
    indices = chosen_rows(source, rows, seed)
    if kind == OFF or len(indices) < LEAST_ROWS:
        return None
    latents = aggregate_posterior(model, source, indices, seed)
    if not bool(latents.joined.isfinite().all()):
        return None  # a trained model with any posteriors is saved
    draws, held_out = _split(latents)
    noise = Noise(len(draws.content), seed=seed).at("generation prior")
    fits = [
        _fitted(model, kind, dict(options or {}), covers, draws, held_out, noise)
        for covers in _choices(model)
    ]
    return _best(model.codec.latent_prior, fits, held_out, len(indices))


@torch.no_grad()
def _best(
    training: LatentPrior, fits: Sequence[GenerationPrior], held_out: Latents, rows: int
) -> GenerationPrior | None:
    """Return the fit under which the held-out draws have the highest density, if it is above ``training``."""
    before = float(training.log_prob(held_out).mean())
    densities = [float(fit.latent.log_prob(held_out).mean()) for fit in fits]
    place = max(range(len(fits)), key=lambda number: densities[number])
    if not densities[place] > before:
        return None
    titles = (fit.description.title for fit in fits)
    reached = {"prior of the training": before, **dict(zip(titles, densities, strict=True))}
    update = {"rows": rows, "held_out": reached}
    return replace(fits[place], description=fits[place].description.model_copy(update=update))


def _choices(model: Model) -> list[Literal["content", "all"]]:
    return ["content", "all"] if any(model.codec.style_dims.values()) else ["content"]


def _fitted(
    model: Model,
    kind: str,
    options: dict[str, Any],
    covers: Literal["content", "all"],
    draws: Latents,
    held_out: Latents,
    noise: Noise,
) -> GenerationPrior:
    description = PriorDescription(kind=kind, options=options, covers=covers)
    with torch.random.fork_rng():
        torch.manual_seed(derived_seed("generation prior", noise.seed, covers))
        one = generation_prior(description, model.context, model.codec.latent_prior)
    joined = covers == "all"
    prior = one.prior.train()
    prior.fit(
        draws.joined if joined else draws.content,
        held_out.joined if joined else held_out.content,
        noise.at(covers),
    )
    prior.eval().requires_grad_(False)
    settings = {**options, **prior.portable_settings}
    return replace(one, description=description.model_copy(update={"options": settings}))


def _split(latents: Latents) -> tuple[Latents, Latents]:
    """Return the draws of the fit and the held-out ones."""
    held_out = torch.arange(len(latents.content)) % HELD_OUT == 0
    return _rows(latents, ~held_out), _rows(latents, held_out)


def _rows(latents: Latents, rows: Tensor) -> Latents:
    return Latents(latents.content[rows], {n: s[rows] for n, s in latents.styles.items()})
