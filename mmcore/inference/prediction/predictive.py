"""The predictive distribution of a modality, given the modalities that each row has."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.distributions import Distribution

from mmcore.codec import Codec
from mmcore.encoding import Encoding, Inference
from mmcore.inference.prediction.intervals import central_interval
from mmcore.inference.prediction.pooling import MemberDraws, PooledDraws
from mmcore.modality import Modality
from mmcore.model import Model
from mmcore.noise import Noise, derived_seed, seed_layers
from mmcore.priors import Latents
from mmcore.regression import mixed_noise

__all__ = [
    "DrawnClasses",
    "Predictive",
    "decoded",
    "likelihood_draws",
    "most_likely",
    "on_scale",
    "pooled_predictive",
    "pooled_samples",
    "predictive",
    "sampled",
    "seeded",
    "style_mean",
    "units",
]

NUMBERS_AT_ONCE = 1 << 18
"""Numbers of the draws that are decoded at once; more do not fit the caches of a processor."""


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


def predictive(model: Model, name: str, latents: Latents, level: float, noise: Noise) -> Predictive:
    """Return the statistics of `pooled_predictive` of a single model, for (S, B, D) draws ``latents``."""
    return pooled_predictive(PooledDraws.of(model, latents), name, level, noise)


@torch.no_grad()
def pooled_predictive(drawn: PooledDraws, name: str, level: float, noise: Noise) -> Predictive:
    r"""Return statistics of draws :math:`x_m \sim p(x_m | c, s_m)`, one for each draw of content and style.

    Arguments:
        drawn: draws given all that each row has, of one model or of the members of an ensemble.
        name: the modality; its likelihood must have a mean.
        level: probability that the interval covers, see `central_interval`.
        noise: randomness of these rows.
    """
    samples, rows = drawn.draws, drawn.rows
    elements = _Elements(drawn.members[0].model, name, rows)
    for member in drawn.members:
        codec, own = member.model.codec, member.noise(noise)
        with mixed_noise(codec, name, member.regression(name)):
            for likelihood in decoded(codec, name, member.latents, own):
                elements.add(likelihood)
        elements.end(member)
    numbers, means, draws = elements.numbers, elements.total / samples, elements.drawn()
    probability = torch.full((rows, *numbers.shape), torch.nan, dtype=torch.double)
    value = torch.full_like(probability, torch.nan, dtype=means.dtype)
    low, high = value.clone(), value.clone()
    value[:, numbers] = means
    low[:, numbers], high[:, numbers] = central_interval(draws, level)
    if not bool(numbers.all()):
        likely, probability[:, ~numbers] = elements.classes.most_likely(samples)
        value[:, ~numbers] = likely.to(value)
    return Predictive(numbers, value, probability, low, high)


class _Elements:
    """Draws and means of the elements that are numbers, and the classes of the others, over the draws."""

    def __init__(self, model: Model, name: str, rows: int) -> None:
        self._model, self._name, self._rows = model, name, rows
        self.numbers = self.total = torch.empty(0)
        self.classes = DrawnClasses()
        self._drawn: list[Tensor] = []
        self._of_member: list[Tensor] = []
        self._before = torch.zeros(())

    def add(self, likelihood: Distribution) -> None:
        """Add successive draws, (S * B, *E)."""
        modality = self._model.codec[self._name]
        if not self.numbers.numel():
            self.numbers = on_scale(self._model, self._name, likelihood.mode[:0])
        probabilities, own = modality.class_probabilities(likelihood), modality.numbers(likelihood)
        if own is None or probabilities is None:
            draws = likelihood.sample()
            for draw in draws[:, ~self.numbers].split(self._rows) if probabilities is None else ():
                self.classes.add(None, draw)
            self._add(draws[:, self.numbers], likelihood.mean[:, self.numbers])
        else:
            self._add(own.sample(), own.mean)
        if probabilities is not None:
            self.classes.add(self._by_draw(probabilities).sum(0), probabilities)

    def end(self, member: MemberDraws) -> None:
        """Move the draws that were added since the last call by the regression of their model."""
        draws = len(member.latents.content)
        shift = member.shift(self._name, lambda: self._whole((self.total - self._before) / draws))
        if shift is not None:
            own = shift[:, self.numbers]
            self._of_member = [part + own for part in self._of_member]
            self.total = self.total + draws * own
        self._drawn += self._of_member
        self._of_member, self._before = [], self.total

    def _whole(self, numbers: Tensor) -> Tensor:
        """Return numbers among all elements, (B, *E), NaN for categories."""
        whole = numbers.new_full((len(numbers), *self.numbers.shape), torch.nan)
        whole[:, self.numbers] = numbers
        return whole

    def drawn(self) -> Tensor:
        """Return the draws of the numbers, (B, N, S)."""
        return torch.cat(self._drawn).permute(1, 2, 0)

    def _add(self, draws: Tensor, means: Tensor) -> None:
        self._of_member.append(self._by_draw(draws))
        total = self._by_draw(means).sum(0)
        self.total = self.total + total if self.total.numel() else total

    def _by_draw(self, values: Tensor) -> Tensor:
        by_draw: Tensor = values.unflatten(0, (-1, self._rows))
        return by_draw


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


def sampled(model: Model, name: str, latents: Latents, noise: Noise) -> Tensor:
    """Return the draws of `predictive`, (S, B, *E), for any modality."""
    return pooled_samples(PooledDraws.of(model, latents), name, noise)


@torch.no_grad()
def pooled_samples(drawn: PooledDraws, name: str, noise: Noise) -> Tensor:
    """Return the draws of `pooled_predictive`, (S, B, *E), for any modality."""
    return torch.cat([_samples(member, name, member.noise(noise)) for member in drawn.members])


def _samples(member: MemberDraws, name: str, noise: Noise) -> Tensor:
    """Return the draws of one member, (S_k, B, *E)."""
    codec, shape = member.model.codec, member.latents.content.shape[:2]
    with mixed_noise(codec, name, member.regression(name)):
        draws = [likelihood.sample() for likelihood in decoded(codec, name, member.latents, noise)]
    by_draw: Tensor = torch.cat(draws).unflatten(0, shape)
    shift = member.shift(name, lambda: _mean(member, name, noise))
    return by_draw if shift is None else by_draw + shift


def _mean(member: MemberDraws, name: str, noise: Noise) -> Tensor:
    """Return the mean of the likelihood over the draws of one member, (B, *E)."""
    codec, shape = member.model.codec, member.latents.content.shape[:2]
    means = [likelihood.mean for likelihood in decoded(codec, name, member.latents, noise)]
    mean: Tensor = torch.cat(means).unflatten(0, shape).mean(0)
    return mean


def decoded(codec: Codec, name: str, latents: Latents, noise: Noise) -> Iterator[Distribution]:
    """Yield :math:`p(x_m | c, s_m)` of (S, B, D) draws, some draws at a time, of batch shape (S' * B,).

    The global generators of torch, from which likelihoods draw, are seeded and restored afterwards.
    """
    draws, rows = latents.content.shape[:2]
    size = max(1, NUMBERS_AT_ONCE // max(1, rows * codec[name].event_shape.numel()))
    with seeded(noise.at(name)):
        for start in range(0, draws, size):
            block = latents.at(slice(start, start + size)).flat()
            yield codec.decode(name, block.content, block.styles[name])


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
