"""Fitting densities of content and styles given the experts of any subset of the modalities."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from mmcore.data import Source
from mmcore.encoding import Encoding
from mmcore.inference.representation.batches import encoded, encoded_batches
from mmcore.inference.representation.generation_prior import (
    CHUNK,
    HELD_OUT,
    LEAST_ROWS,
    MOST_ROWS,
    OFF,
    aggregate_draw,
    chosen_rows,
)
from mmcore.model import Model
from mmcore.noise import Noise, derived_seed
from mmcore.posteriors.conditional import (
    ConditionalPosterior,
    FittedConditional,
    conditional_posterior,
)
from mmcore.priors import Latents
from mmcore.priors.description import PriorDescription

__all__ = ["fit_conditional_prior", "randomly_hidden"]

COPIES = 4
"""Draws of each sample, each with other modalities hidden."""
FUSED = "fused posterior"


def fit_conditional_prior(
    model: Model,
    source: Source,
    kind: str = "diffusion",
    options: Mapping[str, Any] | None = None,
    *,
    styles: bool = True,
    rows: int = MOST_ROWS,
    seed: int = 0,
) -> FittedConditional | None:
    """Return densities of content and styles given experts; None if none is better, or possible.

    They are fitted to draws of the posterior given all that a sample has, and are given the experts of a
    random subset of this. Of the densities of content and styles, that of the content with the styles of the
    training prior, and the fused posterior with these styles, the one is taken under which held-out draws
    have the highest density. The result is a function of the weights, the samples and the seed.

    Arguments:
        model: a trained model, in eval mode.
        source: training samples.
        kind: name of a conditional prior, such as ``diffusion`` or ``flow``; ``standard`` for none.
        options: options of that prior.
        styles: whether a density of the styles is fitted, too.
        rows: largest number of samples.
        seed: which samples, and all draws.

    Raises:
        MmcoreError: there is no such prior, it cannot be conditional, or an option is not valid.
    """
    model.context.catalogue.settings("prior", kind, options or {})
    indices = chosen_rows(source, rows, seed)
    if kind == OFF or len(indices) < LEAST_ROWS:
        return None
    description = PriorDescription(
        kind=kind,
        options=dict(options or {}),
        covers="all" if styles and any(model.codec.style_dims.values()) else "content",
        rows=len(indices),
    )
    with torch.random.fork_rng():
        torch.manual_seed(derived_seed("conditional prior", seed))
        posterior = conditional_posterior(description, model.context, model.generation)
    posterior.densities.standardize(encoded(model, source, indices[: 4 * CHUNK], seed).encoding)
    is_held_out = torch.arange(len(indices)) % HELD_OUT == 0
    held_out = indices[is_held_out]
    draws, others = (
        _pairs(posterior, _draws(model, source, part, seed, COPIES))
        for part in (indices[~is_held_out], held_out)
    )
    if not bool(draws[0].isfinite().all()):
        return None
    _fit(posterior, draws, others, Noise(len(draws[0]), seed=seed).at("conditional prior"))
    return _best(model, FittedConditional(description, posterior), source, held_out, seed)


def randomly_hidden(encoding: Encoding, noise: Noise) -> Encoding:
    """Return the encoding with some of the modalities of each row hidden, but not all.

    The number of modalities that stay is uniform from 1 to that of the row, and so is the subset of this
    size.
    """
    present = encoding.present
    order = noise.uniform("order", len(present)).T.masked_fill(~present, torch.inf)
    kept = (noise.uniform("size") * present.sum(0)).long() + 1
    ranks = order.argsort(0).argsort(0)
    return replace(encoding, present=present & (ranks < kept), complete=False)


@torch.no_grad()
def _draws(
    model: Model, source: Source, indices: Tensor, seed: int, copies: int
) -> Iterator[tuple[Latents, Encoding]]:
    """Yield content and styles given all that samples have, and their encoding with modalities hidden."""
    for batch in encoded_batches(model, source, indices, CHUNK, seed):
        for number in range(copies):
            noise = batch.noise.at(f"conditional/{number}")
            latents = aggregate_draw(model, batch.encoding, noise)
            yield latents, randomly_hidden(batch.encoding, noise)


@torch.no_grad()
def _pairs(
    posterior: ConditionalPosterior, draws: Iterator[tuple[Latents, Encoding]]
) -> tuple[Tensor, Tensor]:
    """Return contents, and styles, with what is given beside them; contents are around the fused mean."""
    contents, styles = [], []
    for latents, hidden in draws:
        given = posterior.densities.given(hidden)
        contents.append(torch.cat([latents.content - posterior.fused(hidden).mean, given], -1))
        styles.append(torch.cat([*latents.styles.values(), given, latents.content], -1))
    return torch.cat(contents), torch.cat(styles)


def _fit(
    posterior: ConditionalPosterior,
    draws: tuple[Tensor, Tensor],
    held_out: tuple[Tensor, Tensor],
    noise: Noise,
) -> None:
    densities = posterior.densities.train()
    densities.content.fit(draws[0], held_out[0], noise.at("content"))
    if densities.styles is not None:
        densities.styles.fit(draws[1], held_out[1], noise.at("styles"))
    densities.eval().requires_grad_(False)


@torch.no_grad()
def _best(
    model: Model, fitted: FittedConditional, source: Source, held_out: Tensor, seed: int
) -> FittedConditional | None:
    """Return the density, with or without styles, if held-out draws have a higher one than as fused."""
    posterior, parts = fitted.posterior, []
    for latents, hidden in _draws(model, source, held_out, seed, 1):
        priors = [model.codec.style_prior(n).log_prob(s) for n, s in latents.styles.items()]
        of_styles = torch.stack(priors).sum(0)
        before = posterior.fused(hidden).log_prob(latents.content)
        content = posterior(hidden).log_prob(latents.content)
        each = [before + of_styles, content + of_styles]
        if posterior.densities.styles is not None:
            each.append(content + posterior.style_log_prob(hidden, latents))
        parts.append(torch.stack(each))
    without = fitted.description.model_copy(update={"covers": "content"})
    titles = [FUSED, without.title, fitted.description.title]
    reached = dict(zip(titles, torch.cat(parts, 1).mean(1).tolist(), strict=False))
    best = max(reached, key=lambda title: reached[title])
    if best == FUSED:
        return None
    description = fitted.description
    if best == without.title:
        description, posterior.densities.styles = without, None
    update = {"held_out": reached}
    return replace(fitted, description=description.model_copy(update=update))
