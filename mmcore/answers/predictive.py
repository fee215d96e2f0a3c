"""The predictive distribution of a modality, given whatever a record has."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.distributions import Distribution

from mmcore.codec import Encoding
from mmcore.distributions import Gaussian
from mmcore.model import Model
from mmcore.noise import Noise, derived_seed, seed_layers

__all__ = ["Predictive", "most_likely", "predictive", "sampled"]


@dataclass(frozen=True, slots=True)
class Predictive:
    r"""Draws of :math:`p(x_m | X)`.

    Shapes:
        mean: (B, *E), of the likelihood, over the draws of content and style: what the likelihood itself
        adds has mean 0 and would only be noise.
        draws: (S, B, *E), of the whole: content, style and likelihood.
    """

    mean: Tensor
    draws: Tensor

    def interval(self, level: float) -> tuple[Tensor, Tensor]:
        r"""Return the central interval that covers ``level``, (B, *E) each.

        From order statistics at :math:`\alpha (S + 1)` and :math:`(1 - \alpha)(S + 1)` with
        :math:`\alpha = (1 - \text{level})/2`, between which one more draw falls with probability
        ``level``; interpolated where these are not whole.
        """
        ordered = self.draws.sort(0).values
        tail = (1 - level) / 2
        return _ranked(ordered, tail), _ranked(ordered, 1 - tail)

    def mode(self) -> tuple[Tensor, Tensor]:
        """Return the most frequent value of each element, (B, *E), and its share of the draws."""
        value = self.draws.mode(0).values
        return value, (self.draws == value).double().mean(0)


@torch.no_grad()
def predictive(
    model: Model, encoding: Encoding, name: str, samples: int, noise: Noise
) -> Predictive:
    r"""Return draws of a modality given whatever each row has, of the modality itself too.

    .. math:: c \sim q(c | X), \qquad s_m \sim q(s_m | x_m) \text{ or } p(s_m), \qquad
        x_m \sim p(x_m | c, s_m)

    with q(c | X) as the method generates, and the style from the prior where the row lacks x_m.

    Arguments:
        model: a trained model.
        encoding: of the rows.
        name: the modality, whose likelihood has a mean.
        samples: S.
        noise: the randomness of these rows.
    """
    pairs = [
        (likelihood.mean / samples, likelihood.sample())
        for likelihood in _likelihoods(model, encoding, name, samples, noise)
    ]
    means, draws = zip(*pairs, strict=True)
    return Predictive(sum(means[1:], means[0]), torch.stack(draws))


@torch.no_grad()
def sampled(model: Model, encoding: Encoding, name: str, samples: int, noise: Noise) -> Tensor:
    """Return the draws of `predictive` alone, (S, B, *E), of any modality."""
    found = _likelihoods(model, encoding, name, samples, noise)
    return torch.stack([likelihood.sample() for likelihood in found])


@torch.no_grad()
def most_likely(model: Model, encoding: Encoding, name: str) -> Tensor:
    """Return the mode of the likelihood at the means of content and style, (B, *E)."""
    content = model.generation(encoding).mean
    mode: Tensor = model.codec.decode(name, content, _style(model, encoding, name).mean).mode
    return mode


def _likelihoods(
    model: Model, encoding: Encoding, name: str, samples: int, noise: Noise
) -> Iterator[Distribution]:
    posterior, style = model.generation(encoding), _style(model, encoding, name)
    # torch draws from a likelihood by its global generators alone.
    with torch.random.fork_rng(devices=_generators(noise.device)):
        for number in range(samples):
            stream = noise.at(f"{name}/{number}")
            seed_layers(derived_seed(stream.seed, stream.step, stream.path), noise.device)
            content = posterior.rsample(stream.at("content"))
            yield model.codec.decode(name, content, style.rsample(stream.at("style")))


def _style(model: Model, encoding: Encoding, name: str) -> Gaussian:
    """Return q(s_m | x_m), which is N(0, I) in rows that lack it."""
    if name in encoding.styles:
        return encoding.styles[name]
    zeros = encoding.content.loc.new_zeros(encoding.present.shape[1], model.codec.style_dims[name])
    return Gaussian(zeros, zeros)


def _generators(device: torch.device) -> list[int]:
    return [device.index or 0] if device.type == "cuda" else []


def _ranked(ordered: Tensor, share: float) -> Tensor:
    """Return the order statistic at ``share`` of one more than there are, from (S, ...)."""
    last = len(ordered) - 1
    place = min(max(share * (last + 2) - 1, 0.0), float(last))
    # A whole place that rounding has moved by a hair is whole.
    below = math.floor(place + 1e-9)
    above = min(below + 1, last)
    return torch.lerp(ordered[below], ordered[above], max(place - below, 0.0))
