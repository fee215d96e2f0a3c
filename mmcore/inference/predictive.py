"""The predictive distribution of a modality, given the modalities that each row has."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.distributions import Distribution

from mmcore.codec import Codec
from mmcore.encoding import Encoding, Inference
from mmcore.inference.intervals import CentralInterval
from mmcore.modality import Modality
from mmcore.model import Model
from mmcore.noise import Noise, derived_seed, seed_layers

__all__ = [
    "DrawnClasses",
    "Predictive",
    "likelihood_draws",
    "most_likely",
    "on_scale",
    "predictive",
    "sampled",
    "seeded",
    "style_mean",
    "units",
]


@dataclass(frozen=True, slots=True)
class Predictive:
    r"""Statistics of draws from :math:`p(x_m | X)`, of content, style and likelihood.

    Shapes:
        on_scale: E, bool, which elements are numbers on a scale; the others are categories.
        value: (B, *E); for a number, the mean of the likelihood over the draws of content and style
            (the noise of the likelihood has mean 0 and is left out); for a category, the most likely one.
        probability: (B, *E), of the most likely category: the mean of its probability over the draws of
            content and style, or its share of the draws if the modality has no `class_probabilities`;
            NaN for numbers.
        low, high: (B, *E), bounds of the central interval.
    """

    on_scale: Tensor
    value: Tensor
    probability: Tensor
    low: Tensor
    high: Tensor


@torch.no_grad()
def predictive(
    model: Model, encoding: Encoding, name: str, samples: int, level: float, noise: Noise
) -> Predictive:
    r"""Draw a modality given all that each row has, including the modality itself.

    .. math:: c \sim q(c | X), \qquad s_m \sim q(s_m | x_m) \text{ or } p(s_m), \qquad
        x_m \sim p(x_m | c, s_m)

    with q(c | X) the posterior that the method generates from, and the style from the prior in rows that
    lack x_m.

    Arguments:
        model: a trained model.
        encoding: encoding of the rows.
        name: the modality; its likelihood must have a mean.
        samples: number of draws S.
        level: probability that the interval covers, see `CentralInterval`.
        noise: randomness of these rows.
    """
    interval, classes = CentralInterval(samples, level), DrawnClasses()
    numbers, mean = torch.empty(0), torch.zeros(())
    for likelihood in likelihood_draws(
        model.codec, model.generation, encoding, name, samples, noise
    ):
        draw = likelihood.sample()
        if not numbers.numel():
            numbers = on_scale(model, name, draw)
        interval.add(draw)
        classes.add(model.codec[name].class_probabilities(likelihood), draw[:, ~numbers])
        mean = mean + likelihood.mean / samples
    probability = torch.full_like(mean, torch.nan, dtype=torch.double)
    if not bool(numbers.all()):
        value, probability[:, ~numbers] = classes.most_likely(samples)
        mean[:, ~numbers] = value.to(mean)
    return Predictive(numbers, mean, probability, *interval.bounds())


def units(modality: Modality, values: Tensor) -> Tensor:
    """Return the unit of each element of (B, *E) values, of shape E; NaN for a category."""
    unit = modality.unit()
    if unit is None:
        size = 1.0 if values.is_floating_point() else torch.nan
        unit = torch.full(values.shape[1:], size, device=values.device)
    return unit


def on_scale(model: Model, name: str, values: Tensor) -> Tensor:
    """Return which elements of (B, *E) values are numbers on a scale, E; the others are categories."""
    return ~units(model.codec[name], values).isnan()


class DrawnClasses:
    """The classes of the W elements that are categories, over the draws."""

    def __init__(self) -> None:
        self._total: Tensor | None = None
        self._draws: list[Tensor] = []

    def add(self, probabilities: Tensor | None, draw: Tensor) -> None:
        """Add the probabilities of one draw, (B, W, K), or the classes in it, (B, W)."""
        if probabilities is None:
            self._draws.append(draw)
        else:
            self._total = (0 if self._total is None else self._total) + probabilities.double()

    def most_likely(self, samples: int) -> tuple[Tensor, Tensor]:
        """Return the most likely classes and their probabilities, (B, W)."""
        if self._total is not None:
            most = self._total.max(-1)
            return most.indices, most.values / samples
        draws = torch.stack(self._draws)
        frequent = draws.mode(0).values
        return frequent, (draws == frequent).double().mean(0)


@torch.no_grad()
def sampled(model: Model, encoding: Encoding, name: str, samples: int, noise: Noise) -> Tensor:
    """Return the draws of `predictive`, (S, B, *E), for any modality."""
    draws = likelihood_draws(model.codec, model.generation, encoding, name, samples, noise)
    return torch.stack([likelihood.sample() for likelihood in draws])


@torch.no_grad()
def most_likely(model: Model, encoding: Encoding, name: str) -> Tensor:
    """Return the mode of the likelihood at the means of content and style, (B, *E)."""
    content, style = model.generation(encoding).mean, style_mean(model.codec, encoding, name)
    mode: Tensor = model.codec.decode(name, content, style).mode
    return mode


def likelihood_draws(
    codec: Codec, posterior: Inference, encoding: Encoding, name: str, draws: int, noise: Noise
) -> Iterator[Distribution]:
    r"""Yield :math:`p(x_m | c, s_m)` for successive draws of content and style.

    .. math:: c \sim q(c | X), \qquad s_m \sim q(s_m | x_m) \text{ or } p(s_m)

    The style is drawn from the prior in rows that lack the modality. The global generators of torch, from
    which likelihoods draw, are seeded for each draw and restored afterwards.
    """
    q = posterior(encoding)
    with torch.random.fork_rng(devices=_generators(noise.device)):
        for number in range(draws):
            stream = noise.at(f"{name}/{number}")
            _seed(stream)
            content = q.rsample(stream.at("content"))
            style = style_draw(codec, encoding, name, stream.at("style"))
            yield codec.decode(name, content, style)


@contextmanager
def seeded(noise: Noise) -> Iterator[None]:
    """Seed the global generators of torch, from which likelihoods draw, and restore them afterwards."""
    with torch.random.fork_rng(devices=_generators(noise.device)):
        _seed(noise)
        yield


def style_draw(codec: Codec, encoding: Encoding, name: str, noise: Noise) -> Tensor:
    """Return a draw of q(s_m | x_m), (B, D_m), and of the prior in rows that lack the modality."""
    prior = codec.style_prior(name).sample(noise, "eps").to(encoding.content.loc.dtype)
    if name not in encoding.styles:
        return prior
    present = encoding.has((name,)).unsqueeze(-1)
    return torch.where(present, encoding.styles[name].rsample(noise), prior)


def style_mean(codec: Codec, encoding: Encoding, name: str) -> Tensor:
    """Return the mean of q(s_m | x_m), (B, D_m), and of the prior in rows that lack the modality."""
    prior = codec.style_prior(name).mean.to(encoding.content.loc).expand(encoding.rows, -1)
    if name not in encoding.styles:
        return prior
    present = encoding.has((name,)).unsqueeze(-1)
    return torch.where(present, encoding.styles[name].mean, prior)


def _seed(noise: Noise) -> None:
    seed_layers(derived_seed(noise.seed, noise.step, noise.path), noise.device)


def _generators(device: torch.device) -> list[int]:
    return [device.index or 0] if device.type == "cuda" else []
