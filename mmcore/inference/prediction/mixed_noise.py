"""The noise of predictions that are mixed with a regression, set by the errors of held-out samples."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import torch
from torch import Tensor

from mmcore.batch import Batch
from mmcore.inference.prediction.masked_rows import (
    LEAST_ROWS,
    FittedRows,
    Kind,
    MaskedRows,
    Split,
    masked_rows,
)
from mmcore.inference.prediction.pooling import PooledDraws
from mmcore.inference.prediction.posterior_draws import posterior_draws
from mmcore.inference.prediction.predictive import pooled_predictive, units
from mmcore.model import Model
from mmcore.noise import Noise
from mmcore.regression import Mixing, Regression, features_of

__all__ = ["fit_mixed_noise"]

LEVEL, DRAWS = 0.9, 39
LOWEST, HIGHEST, HALVINGS = 0.5, 4.0, 7
"""Smallest and largest factor, and how often the ratio of their bounds is replaced by its root."""
MOST_ROWS, MOST_NUMBERS = 500, 1 << 24
"""Masked rows, and numbers of all draws of a modality."""


@dataclass(frozen=True, slots=True)
class _Predictions:
    """Draws of a model for rows in which a modality is hidden, and errors, (B, *E), NaN where unknown.

    Arguments:
        name: the modality.
        masked: the rows, and the hidden values.
        rows: which samples they are, bool.
        drawn: draws that the regression does not move.
        noise: of these rows.
    """

    name: str
    masked: MaskedRows
    rows: Tensor
    drawn: PooledDraws
    noise: Noise

    @property
    def truth(self) -> Tensor:
        """The hidden values."""
        return self.masked.hidden[self.name]

    def covered(self, errors: Tensor) -> int:
        """Return how many errors are in the intervals around the mean of the draws."""
        if not len(errors):
            return 0
        prediction = pooled_predictive(self.drawn, self.name, LEVEL, self.noise)
        low, high = prediction.low - prediction.value, prediction.high - prediction.value
        return int(((low <= errors) & (errors <= high)).sum())

    def ratio(self, model: Model, weight: float, errors: Tensor) -> float:
        """Return the ratio of the errors of mixed predictions and of the regression; 1 if none is known."""
        if not len(errors):
            return 1.0
        value = pooled_predictive(self.drawn, self.name, LEVEL, self.noise).value
        mixed = (1 - weight) * (self.truth - value) + weight * errors
        unit, known = units(model.codec[self.name], self.truth), mixed.isfinite()
        squares = [((x / unit)[known].double() ** 2).sum() for x in (mixed, errors)]
        return float((squares[0] / squares[1]).sqrt()) if float(squares[1]) > 0 else 1.0


@torch.no_grad()
def fit_mixed_noise(model: Model, rows: FittedRows, seed: int) -> dict[str, float]:
    r"""Return the factors of the noise of predictions that the regression of a model mixes, by modality.

    With the factor of a modality, intervals of 90 % around 0 contain 90 % of the numbers

    .. math:: e_i \Big/ \sqrt{\textstyle\sum_v e_v^2} \cdot
        \sqrt{\textstyle\sum_v ((1 - w) (y_v - m_v) + w e_v)^2}

    e are the errors of the regression in five-fold cross-validation, i all samples, v those of validation,
    m the means of the model, and w the weight. Few samples determine the ratio of the roots, as mixed
    predictions and the regression have similar errors, but not the share of errors in an interval. The
    factors of the model do not change.

    Arguments:
        model: in eval mode, with a regression.
        rows: training samples, and those that the model was not trained on.
        seed: of draws.
    """
    regression = model.regression
    mixings = {} if regression is None else _mixings(model, regression)
    if regression is None or not mixings:
        return {}
    predictions = [
        [*_predictions(model, batch, regression, mixings, seed)] for batch in rows.batches
    ]
    errors = _errors(model, regression, mixings, predictions, rows.splits)
    held_out = zip(predictions[1], errors[1], strict=True)
    ratios = [own.ratio(model, mixings[own.name].weight, error) for own, error in held_out]
    scaled = [[error * ratio for error, ratio in zip(part, ratios, strict=True)] for part in errors]
    pairs = [*zip(chain(*predictions), chain(*scaled), strict=True)]
    by_name = ((name, [pair for pair in pairs if pair[0].name == name]) for name in mixings)
    return {name: _fitted(model, name, own) for name, own in by_name if _count(own)}


def _mixings(model: Model, regression: Regression) -> dict[str, Mixing]:
    """Return how the modalities with a noise factor are mixed, one of a single table for its cells."""
    by = regression.description
    mixings = by.whole if len(model.names) > 1 else by.cells
    factors = {name: model.codec[name].noise_factor() for name in mixings}
    return {n: own for n, own in mixings.items() if own.weight and factors[n] is not None}


def _predictions(
    model: Model, batch: Batch, regression: Regression, mixings: Mapping[str, Mixing], seed: int
) -> Iterator[_Predictions]:
    kind: Kind = "whole" if len(model.names) > 1 else "cells"
    sizes = regression.description.features
    every = [own for own in masked_rows(model, batch, sizes) if own.kind == kind]
    draws = DRAWS * len(every) * sum(sizes.values())
    most = min(MOST_ROWS, max(LEAST_ROWS, MOST_NUMBERS // draws))
    noise = Noise(len(batch), seed, device=model.device).at("answer noise")
    for place, masked in enumerate(every):
        for name in (name for name in mixings if name in masked.hidden):
            rows = ~masked.hidden[name].flatten(1).isnan().all(1)
            rows &= rows.cumsum(0) <= most
            own, chosen = noise.at(f"{place}").resized(int(rows.sum())), masked.select(rows)
            latents = posterior_draws(model, chosen.given, DRAWS, own)
            yield _Predictions(name, chosen, rows, PooledDraws.of(model, latents), own)


def _errors(
    model: Model,
    regression: Regression,
    mixings: Mapping[str, Mixing],
    predictions: Sequence[Sequence[_Predictions]],
    splits: Sequence[Split],
) -> list[list[Tensor]]:
    """Return the errors of the regression for rows that it is not fitted to, of ``predictions``."""
    errors = [[torch.full_like(own.truth, torch.nan) for own in part] for part in predictions]
    for split in splits:
        fitted = replace(regression, factors=split.factors)
        for out, part, own_errors in zip(split.held_out, predictions, errors, strict=True):
            for own, error in zip(part, own_errors, strict=True):
                rows = out.to(model.device)[own.rows]
                masked, mixing = own.masked.select(rows), mixings[own.name]
                guess = _predicted(model, fitted, masked, own.name, mixing)
                error[rows] = masked.hidden[own.name] - guess
    return errors


def _predicted(
    model: Model, regression: Regression, masked: MaskedRows, name: str, mixing: Mixing
) -> Tensor:
    """Return the predictions of the regression alone, (B, *E)."""
    features = features_of(model.codec, regression.description.features, masked.given)
    scores = regression.scores(features, (mixing.penalty,))
    return regression.predicted(model.codec, scores, name)[0]


def _count(pairs: Sequence[tuple[_Predictions, Tensor]]) -> int:
    return sum(int(errors.isfinite().sum()) for _, errors in pairs)


def _fitted(model: Model, name: str, pairs: Sequence[tuple[_Predictions, Tensor]]) -> float:
    """Return the factor with which the level is covered; coverage increases with it."""
    factor = model.codec[name].noise_factor()
    assert factor is not None, "as `_mixings` returns them"
    own, count, low, high = factor.clone(), _count(pairs), LOWEST, HIGHEST
    for _ in range(HALVINGS):
        factor.fill_((low * high) ** 0.5)
        if sum(predictions.covered(errors) for predictions, errors in pairs) < LEVEL * count:
            low = float(factor)
        else:
            high = float(factor)
    factor.copy_(own)
    return float(round((low * high) ** 0.5, 3))
