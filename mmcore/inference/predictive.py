"""The predictive distribution of a modality, given whatever a record has."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.distributions import Distribution

from mmcore.codec import Codec
from mmcore.encoding import Encoding, Inference
from mmcore.inference.intervals import CentralInterval
from mmcore.model import Model
from mmcore.noise import Noise, derived_seed, seed_layers

__all__ = ["Predictive", "most_likely", "on_scale", "predictive", "sampled"]


@dataclass(frozen=True, slots=True)
class Predictive:
    r"""What draws of :math:`p(x_m | X)` tell, of content, style and likelihood.

    Shapes:
        on_scale: E, bool, which elements are numbers on a scale; the others are categories.
        value: (B, *E); of a number the mean of the likelihood, over the draws of content and style: what
        the likelihood itself adds has mean 0 and would only be noise. Of a category the most frequent.
        share: (B, *E), of the draws that are the most frequent category; NaN for numbers.
        low, high: (B, *E), the central interval.
    """

    on_scale: Tensor
    value: Tensor
    share: Tensor
    low: Tensor
    high: Tensor


@torch.no_grad()
def predictive(
    model: Model, encoding: Encoding, name: str, samples: int, level: float, noise: Noise
) -> Predictive:
    r"""Draw a modality given whatever each row has, of the modality itself too.

    .. math:: c \sim q(c | X), \qquad s_m \sim q(s_m | x_m) \text{ or } p(s_m), \qquad
        x_m \sim p(x_m | c, s_m)

    with q(c | X) as the method generates, and the style from the prior where the row lacks x_m.

    Arguments:
        model: a trained model.
        encoding: of the rows.
        name: the modality, whose likelihood has a mean.
        samples: S.
        level: what the interval covers, see `CentralInterval`.
        noise: the randomness of these rows.
    """
    interval, words = CentralInterval(samples, level), list[Tensor]()
    numbers, mean = torch.empty(0), torch.zeros(())
    for likelihood in likelihood_draws(
        model.codec, model.generation, encoding, name, samples, noise
    ):
        draw = likelihood.sample()
        if not words:
            numbers = on_scale(model, name, draw)
        interval.add(draw)
        words.append(draw[:, ~numbers])
        mean = mean + likelihood.mean / samples
    return Predictive(numbers, *_with_words(mean, numbers, torch.stack(words)), *interval.bounds())


def on_scale(model: Model, name: str, values: Tensor) -> Tensor:
    """Return which elements of (B, *E) values are numbers on a scale, E; the others are categories."""
    unit = model.codec[name].unit()
    if unit is None:
        wanted = values.is_floating_point()
        return torch.full(values.shape[1:], wanted, device=values.device)
    return ~unit.isnan()


def _with_words(mean: Tensor, numbers: Tensor, words: Tensor) -> tuple[Tensor, Tensor]:
    """Return values and shares, with the most frequent of (S, B, W) draws where there are no numbers."""
    value, share = mean.clone(), torch.full_like(mean, torch.nan, dtype=torch.double)
    if words.shape[-1]:
        most = words.mode(0).values
        value[:, ~numbers] = most.to(value)
        share[:, ~numbers] = (words == most).double().mean(0)
    return value, share


@torch.no_grad()
def sampled(model: Model, encoding: Encoding, name: str, samples: int, noise: Noise) -> Tensor:
    """Return the draws of `predictive` alone, (S, B, *E), of any modality."""
    found = likelihood_draws(model.codec, model.generation, encoding, name, samples, noise)
    return torch.stack([likelihood.sample() for likelihood in found])


@torch.no_grad()
def most_likely(model: Model, encoding: Encoding, name: str) -> Tensor:
    """Return the mode of the likelihood at the means of content and style, (B, *E)."""
    content, style = model.generation(encoding).mean, style_mean(model.codec, encoding, name)
    mode: Tensor = model.codec.decode(name, content, style).mode
    return mode


def likelihood_draws(
    codec: Codec, posterior: Inference, encoding: Encoding, name: str, draws: int, noise: Noise
) -> Iterator[Distribution]:
    r"""Yield :math:`p(x_m | c, s_m)` for one draw of content and style after another.

    .. math:: c \sim q(c | X), \qquad s_m \sim q(s_m | x_m) \text{ or } p(s_m)

    A style is from the prior in rows that lack the modality. torch's global generators, from which
    likelihoods draw, are seeded for each draw and restored afterwards.
    """
    q = posterior(encoding)
    with torch.random.fork_rng(devices=_generators(noise.device)):
        for number in range(draws):
            stream = noise.at(f"{name}/{number}")
            seed_layers(derived_seed(stream.seed, stream.step, stream.path), noise.device)
            content = q.rsample(stream.at("content"))
            style = style_draw(codec, encoding, name, stream.at("style"))
            yield codec.decode(name, content, style)


def style_draw(codec: Codec, encoding: Encoding, name: str, noise: Noise) -> Tensor:
    """Return a draw of q(s_m | x_m), (B, D_m), and of the prior in rows that lack the modality."""
    prior = codec.style_prior(name).sample(noise, "eps").to(encoding.content.loc.dtype)
    if name not in encoding.styles:
        return prior
    there = encoding.has((name,)).unsqueeze(-1)
    return torch.where(there, encoding.styles[name].rsample(noise), prior)


def style_mean(codec: Codec, encoding: Encoding, name: str) -> Tensor:
    """Return the mean of q(s_m | x_m), (B, D_m), and of the prior in rows that lack the modality."""
    prior = codec.style_prior(name).mean.to(encoding.content.loc).expand(encoding.rows, -1)
    if name not in encoding.styles:
        return prior
    there = encoding.has((name,)).unsqueeze(-1)
    return torch.where(there, encoding.styles[name].mean, prior)


def _generators(device: torch.device) -> list[int]:
    return [device.index or 0] if device.type == "cuda" else []
