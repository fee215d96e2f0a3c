"""The fit of a regression of each table from all others, and of its weight beside a model."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from mmcore.batch import Batch
from mmcore.data import Source
from mmcore.factors import Factors, ridge_factors
from mmcore.inference.prediction.masked_rows import (
    LEAST_ROWS,
    Kind,
    MaskedRows,
    masked_rows,
    merged_by_given,
    samples,
    splits,
)
from mmcore.inference.prediction.posterior_draws import posterior_draws
from mmcore.inference.prediction.predictive import decoded, units
from mmcore.model import Model
from mmcore.noise import Noise
from mmcore.regression import Mixing, Regression, RegressionDescription, features_of

__all__ = ["fit_regression", "mixing_weight", "refitted"]

PENALTIES = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
FOLD_ROWS, FOLD_NUMBERS = 100, 1 << 17
"""Most rows and numbers of a part that are predicted: few rows of a wide table determine a penalty."""
PRIOR_WEIGHT, PRIOR_ROWS = 0.5, 100
"""The weight without a held-out row, and how many held-out rows it counts as."""
DRAWS = 39

Sums = dict[tuple[Kind, str], Tensor]


@torch.no_grad()
def fit_regression(
    model: Model, source: Source, validation: Source | None, seed: int
) -> Regression | None:
    """Return the regression of the tables of a model from one another; None without numbers or rows.

    It is fitted to the training samples. The penalties are chosen by cross-validation over all samples. The
    weights minimize the error of the mixed predictions on the validation samples, see `mixing_weight`.

    Arguments:
        model: in eval mode.
        source: training samples.
        validation: samples that the model was not trained on; None: every weight is 1/2.
        seed: which samples, and draws.
    """
    sizes = _feature_sizes(model)
    if not sizes or len(source) < LEAST_ROWS:
        return None
    sources = [own for own in (source, validation) if own is not None]
    batches = [samples(model, own, sizes, seed) for own in sources]
    features = [features_of(model.codec, sizes, model.codec.encode(own)) for own in batches]
    penalties = _penalties(model, batches, features, sizes)
    regression = Regression(RegressionDescription(features=sizes), _fitted(features[0]))
    sums: Sums = {}
    for held_out in batches[1:]:
        noise = Noise(len(held_out), seed, device=model.device)
        sums = _products(model, regression, held_out, penalties, noise)
    return replace(regression, description=_described(sizes, penalties, sums))


@torch.no_grad()
def refitted(
    model: Model, regression: Regression, sources: Sequence[Source], seed: int
) -> Regression:
    """Return a regression with the same penalties and weights that is fitted to several sources.

    Arguments:
        model: in eval mode.
        regression: of `fit_regression`.
        sources: the samples.
        seed: which samples.
    """
    sizes = regression.description.features
    batches = [samples(model, own, sizes, seed) for own in sources]
    features = [features_of(model.codec, sizes, model.codec.encode(own)) for own in batches]
    return replace(regression, factors=_fitted(torch.cat(features)))


def _fitted(features: Tensor) -> Factors:
    """Return the covariance in single precision, in which it is saved."""
    model = ridge_factors(features)
    loadings, offset = model.loadings.float().double(), model.offset.float().double()
    return replace(model, loadings=loadings, offset=offset)


def mixing_weight(product: Tensor, square: Tensor, rows: Tensor) -> float:
    r"""Return the weight of a regression beside a model, from 0 to 1.

    .. math:: w = \frac{n}{n + 100} \frac{\sum (r - m) (y - m)}{\sum (r - m)^2} + \frac{100}{n + 100} \frac12

    The first quotient has the smallest error of :math:`(1 - w) m + w r` on n held-out rows; it is limited
    to [0, 1].

    Arguments:
        product: the sum over hidden numbers of (r - m) (y - m), in units of the numbers.
        square: the sum of (r - m)^2.
        rows: n.
    """
    if not float(square) > 0:
        return PRIOR_WEIGHT
    best = min(max(float(product / square), 0.0), 1.0)
    share = float(rows / (rows + PRIOR_ROWS))
    return share * best + (1 - share) * PRIOR_WEIGHT


def _described(
    sizes: dict[str, int], penalties: Mapping[tuple[Kind, str], float], sums: Sums
) -> RegressionDescription:
    by_kind: dict[Kind, dict[str, Mixing]] = {"whole": {}, "cells": {}}
    for (kind, name), penalty in penalties.items():
        weight = mixing_weight(*sums.get((kind, name), torch.zeros(3)))
        by_kind[kind][name] = Mixing(penalty=penalty, weight=round(weight, 3))
    return RegressionDescription(features=sizes, whole=by_kind["whole"], cells=by_kind["cells"])


def _feature_sizes(model: Model) -> dict[str, int]:
    """Return the number of linear features of each modality that has them, if any has real numbers."""
    sizes, has_numbers = {}, False
    for name, modality in model.codec.modalities.items():
        x = torch.zeros(1, *modality.event_shape, device=model.device)
        features = modality.linear_features(x)
        values = None if features is None else modality.linear_values(features)
        if features is not None and values is not None:
            sizes[name] = features.shape[1]
            has_numbers = has_numbers or not bool(values.isnan().all())
    return sizes if has_numbers else {}


def _penalties(
    model: Model, batches: Sequence[Batch], features: Sequence[Tensor], sizes: dict[str, int]
) -> dict[tuple[Kind, str], float]:
    """Return the penalty with the smallest error in held-out parts of the rows, by kind and modality."""
    merged = [merged_by_given(masked_rows(model, batch, sizes)) for batch in batches]
    predicted = min(FOLD_ROWS, max(LEAST_ROWS, FOLD_NUMBERS // sum(sizes.values())))
    errors: Sums = {}
    for outs, factors in splits(features):
        regression = Regression(RegressionDescription(features=sizes), factors)
        for own, out in zip(merged, outs, strict=True):
            out[out.cumsum(0) > predicted] = False
            for masked in own:
                _add_errors(errors, model, regression, masked.select(out))
    return {key: PENALTIES[int(error.argmin())] for key, error in errors.items()}


def _add_errors(sums: Sums, model: Model, regression: Regression, masked: MaskedRows) -> None:
    features = features_of(model.codec, regression.description.features, masked.given)
    scores = regression.scores(features, PENALTIES)
    for name, truth in masked.hidden.items():
        guess = regression.predicted(model.codec, scores, name)
        squares = ((guess - truth) / _unit(model, name, truth)) ** 2
        if bool(squares.isfinite().any()):
            key = masked.kind, name
            sums[key] = sums.get(key, 0.0) + squares.flatten(1).nansum(1)


def _products(
    model: Model,
    regression: Regression,
    batch: Batch,
    penalties: Mapping[tuple[Kind, str], float],
    noise: Noise,
) -> Sums:
    """Return the arguments of `mixing_weight`, (3,), by kind and modality."""
    sums: dict[tuple[Kind, str], list[Tensor]] = {}
    for number, masked in enumerate(masked_rows(model, batch, regression.description.features)):
        own = noise.at(f"regression/{number}")
        latents = posterior_draws(model, masked.given, DRAWS, own)
        features = features_of(model.codec, regression.description.features, masked.given)
        for name, truth in masked.hidden.items():
            key = masked.kind, name
            if key not in penalties:
                continue
            means = [likelihood.mean for likelihood in decoded(model.codec, name, latents, own)]
            mean = torch.cat(means).unflatten(0, (DRAWS, -1)).mean(0)
            scores = regression.scores(features, (penalties[key],))
            (guess,) = regression.predicted(model.codec, scores, name)
            unit = _unit(model, name, truth)
            gap, error = (guess - mean) / unit, (truth - mean) / unit
            known = ~(gap + error).isnan()
            rows = known.flatten(1).any(1).sum()
            new = torch.stack([(gap * error)[known].sum(), (gap[known] ** 2).sum(), rows])
            sums.setdefault(key, []).append(new.double())
    # All masked rows of a modality have the same rows, which count once.
    return {
        k: torch.stack(s).sum(0) / torch.tensor((1, 1, len(s))).to(s[0]) for k, s in sums.items()
    }


def _unit(model: Model, name: str, x: Tensor) -> Tensor:
    return units(model.codec[name], x)
