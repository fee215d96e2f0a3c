"""The noise of likelihoods, set so that intervals cover held-out values as often as they should."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Self

import torch
from torch import Tensor

from mmcore.batch import Batch
from mmcore.data import Source
from mmcore.inference.prediction.pooling import PooledDraws, pooled_draws
from mmcore.inference.prediction.predictive import on_scale, pooled_predictive
from mmcore.model import Model
from mmcore.noise import Noise

__all__ = ["fit_noise_factors"]

LEVEL, DRAWS = 0.9, 39
TRAINED, CHOSEN = 30, 300
"""Weight, as a number of rows, of the trained noise, and of the noise that cross-validation has chosen."""
LOWEST, HIGHEST, HALVINGS = 0.5, 4.0, 7
"""Smallest and largest factor, and how often the ratio of their bounds is replaced by its root."""
LEAST_ROWS, MOST_ROWS, MOST_NUMBERS = 10, 500, 1 << 24
"""Rows with a hidden value, and numbers of all draws."""
PARTS = 4
"""Elements of a single modality are hidden in this number of parts, one part at a time."""


@dataclass(frozen=True, slots=True)
class _MaskedNumbers:
    """Hidden numbers of a modality, (B, *E), NaN elsewhere, and draws given what they are imputed from."""

    hidden: Tensor
    drawn: PooledDraws
    noise: Noise

    @classmethod
    def of(cls, model: Model, name: str, hidden: Tensor, drawn: PooledDraws, noise: Noise) -> Self:
        numbers = hidden.masked_fill(~on_scale(model, name, hidden), torch.nan)
        return cls(numbers, drawn, noise)

    @property
    def count(self) -> int:
        """The number of hidden numbers."""
        return int((~self.hidden.isnan()).sum())

    def covered(self, name: str) -> int:
        """Return how many hidden numbers are in their intervals."""
        answer = pooled_predictive(self.drawn, name, LEVEL, self.noise)
        return int(((answer.low <= self.hidden) & (self.hidden <= answer.high)).sum())


@torch.no_grad()
def fit_noise_factors(model: Model, source: Source, seed: int) -> dict[str, float]:
    """Set the factors of the noise of a model, see `Modality.noise_factor`, and return them by modality.

    With the factor of a modality, intervals of 90 % cover 90 % of its numbers in the samples, which are
    hidden and imputed from each other modality and from all others. The noise that maximizes the likelihood
    of training samples is too small for others: the decoder is fitted to the former. Its logarithm is
    multiplied by n / (n + 30) for n hidden numbers, so that few numbers change little, and by n / (n + 300)
    for a model whose noise is chosen by cross-validation before the training (`Inference.start`).

    Arguments:
        model: in eval mode; its factors are replaced.
        source: samples that the model was not trained on.
        seed: which samples, and the draws.
    """
    factors = {}
    for name in model.names:
        factor = model.codec[name].noise_factor()
        if factor is not None:
            factor.fill_(1.0)
            every = _masked_numbers(model, source, name, seed)
            if every_masked := [masked for masked in every if masked.count]:
                factors[name] = _fitted(model, name, factor, every_masked)
    return factors


def _fitted(
    model: Model, name: str, factor: Tensor, every_masked: Sequence[_MaskedNumbers]
) -> float:
    """Return the factor with which the level is covered; coverage increases with it."""
    count = sum(masked.count for masked in every_masked)
    low, high = LOWEST, HIGHEST
    for _ in range(HALVINGS):
        factor.fill_((low * high) ** 0.5)
        if sum(masked.covered(name) for masked in every_masked) < LEVEL * count:
            low = float(factor)
        else:
            high = float(factor)
    # Parts of a single modality have different numbers; several modalities hide the same ones.
    count = count // len(every_masked) if len(model.names) > 1 else count
    prior = CHOSEN if model.inference.start_rows else TRAINED
    factor.fill_(round((low * high) ** (0.5 * count / (count + prior)), 3))
    return float(factor)


def _masked_numbers(model: Model, source: Source, name: str, seed: int) -> Iterator[_MaskedNumbers]:
    others = [other for other in model.names if other != name]
    subsets = [*([[other] for other in others] if len(others) > 1 else []), others]
    count = max(1, len(subsets) if others else PARTS)
    size = DRAWS * count * model.codec[name].event_shape.numel()
    rows = min(len(source), MOST_ROWS, max(LEAST_ROWS, MOST_NUMBERS // size))
    noise = Noise(len(source), seed).at("noise factors")
    indices = noise.uniform("rows").argsort()[:rows].sort().values
    noise = replace(noise.resized(rows), device=model.device)
    batch = source.fetch(indices, noise).to(model.device)
    for place, subset in enumerate(subsets if others else []):
        yield from _of_modality(model, batch, name, subset, noise.at(f"{name}/{place}"))
    if not others:
        yield from _of_parts(model, batch, name, noise.at(name))


def _of_modality(
    model: Model, batch: Batch, name: str, given: Sequence[str], noise: Noise
) -> Iterator[_MaskedNumbers]:
    encoding = model.codec.encode(batch).restrict(given)
    rows = batch.present[name] & encoding.present.any(0)
    if int(rows.sum()) >= LEAST_ROWS:
        chosen, own = encoding.select(rows), noise.resized(int(rows.sum()))
        drawn = pooled_draws([model], [chosen], "generation", DRAWS, own)
        yield _MaskedNumbers.of(model, name, chosen.values[name], drawn, own)


def _of_parts(model: Model, batch: Batch, name: str, noise: Noise) -> Iterator[_MaskedNumbers]:
    """Yield parts of the elements of a single modality, imputed from the others."""
    truth = model.codec.prepared(batch)[name]
    part = torch.arange(truth[0].numel(), device=truth.device).reshape(truth.shape[1:]) % PARTS
    for number in range(PARTS if int(batch.present[name].sum()) >= LEAST_ROWS else 0):
        seen = batch.values[name].masked_fill(part == number, torch.nan)
        encoding = model.codec.encode(replace(batch, values={name: seen}))
        own = noise.at(f"part {number}")
        drawn = pooled_draws([model], [encoding], "generation", DRAWS, own)
        hidden = truth.masked_fill(part != number, torch.nan)
        yield _MaskedNumbers.of(model, name, hidden, drawn, noise)
