"""The latent variables of a page: samples of the prior, and traversals of one dimension."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from mmcore.demo.model import DemoModel
from mmcore.demo.requests import TraversalRequest, batch_of
from mmcore.errors import MmcoreError
from mmcore.inference.prediction.predictive import style_mean
from mmcore.model import Model
from mmcore.noise import Noise
from mmcore.priors import Latents, Prior

__all__ = ["Moments", "content_prior", "samples", "traversal"]

DRAWS = 4096
"""Draws from which the moments of a prior that is not Gaussian are estimated."""
STEPS = (-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0)
"""Places of a traversal, in standard deviations of the prior."""


@dataclass(frozen=True, slots=True)
class Moments:
    """Mean and standard deviation of each dimension of a latent variable, (D,)."""

    mean: Tensor
    stddev: Tensor

    @classmethod
    def of(cls, prior: Prior) -> "Moments":
        """Return those of a prior, exactly if it is Gaussian."""
        gaussian = prior.gaussian()
        if gaussian is not None:
            return cls(gaussian.loc, gaussian.stddev)
        draws = prior.sample(Noise(DRAWS, device=prior.mean.device), "spread")
        return cls(draws.mean(0), draws.std(0))


def content_prior(model: Model) -> Moments:
    """Return mean and standard deviation of p(c)."""
    return Moments.of(model.prior)


@torch.no_grad()
def samples(model: Model, count: int, seed: int) -> Latents:
    """Return draws of the generation prior, (N, D)."""
    return model.generation_prior.sample(Noise(count, seed=seed, device=model.device).at("demo"))


@torch.no_grad()
def traversal(demo: DemoModel, request: TraversalRequest) -> dict[str, Any]:
    """Return the values along one dimension of the content, or of the style of one modality.

    The other dimensions have the mean given the visitor's values, or that of the prior.

    Raises:
        MmcoreError: there is no such dimension, or a value is not valid.
    """
    model, part = demo.model, request.part
    start = _start(demo, request)
    if part:
        model.codec[part]  # an unknown name is an error of the visitor
    prior = Moments.of(model.codec.style_prior(part)) if part else content_prior(model)
    size = len(prior.mean)
    if request.dimension >= size:
        what = f"the style of '{part}'" if part else "the content"
        raise MmcoreError(f"{what} has {size} dimensions, expected one from 0 to {size - 1}")
    axis = request.dimension
    places = prior.mean[axis] + torch.tensor(STEPS).to(prior.mean) * prior.stddev[axis]
    moved = start.styles[part] if part else start.content
    now = float((moved[0, axis] - prior.mean[axis]) / prior.stddev[axis])
    latents = _moved(start, part, axis, places)
    values = model.decode(latents.content, latents.styles, [part] if part else None)
    return {
        "steps": list(STEPS),
        "now": now,
        "values": {name: demo.forms[name].write(x) for name, x in values.items()},
    }


def _start(demo: DemoModel, request: TraversalRequest) -> Latents:
    """Return the means of content and styles given the visitor's values, (1, D)."""
    model = demo.model
    if not request.given:
        styles = {name: model.codec.style_prior(name).mean[None] for name in model.names}
        return Latents(model.prior.mean[None], styles)
    encoding = model.codec.encode(batch_of(demo, request.given))
    styles = {name: style_mean(model.codec, encoding, name) for name in model.names}
    return Latents(model.generation(encoding).mean, styles)


def _moved(start: Latents, part: str, axis: int, places: Tensor) -> Latents:
    """Return the latent variables with one dimension of one of them at each place, (S, D)."""

    def repeated(z: Tensor) -> Tensor:
        return z.repeat(len(places), 1)

    content = repeated(start.content)
    styles = {name: repeated(style) for name, style in start.styles.items()}
    (styles[part] if part else content)[:, axis] = places
    return Latents(content, styles)
