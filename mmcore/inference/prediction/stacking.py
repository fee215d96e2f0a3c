"""The fit of a regression of each table from all others, and of its weight beside a model."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from mmcore.batch import Batch
from mmcore.factors import Factors, ridge_factors
from mmcore.inference.prediction.masked_rows import (
    LEAST_ROWS,
    FittedRows,
    Kind,
    MaskedRows,
    masked_rows,
    merged_by_given,
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
def fit_regression(model: Model, rows: FittedRows, seed: int) -> Regression:
    """Return the regression of the tables of a model from one another.

    It is fitted to the training samples. The penalties are chosen by cross-validation over all samples. The
    weights minimize the error of the mixed predictions on the validation samples, see `mixing_weight`;
    without validation samples, every weight is 1/2.

    Arguments:
        model: in eval mode.
        rows: the samples.
        seed: of draws.
    """
    penalties = _penalties(model, rows)
    description = RegressionDescription(features=dict(rows.sizes))
    regression = Regression(description, _fitted(rows.features[0]))
    sums: Sums = {}
    for held_out in rows.batches[1:]:
        noise = Noise(len(held_out), seed, device=model.device)
        sums = _products(model, regression, held_out, penalties, noise)
    return replace(regression, description=_described(rows.sizes, penalties, sums))


@torch.no_grad()
def refitted(regression: Regression, rows: FittedRows) -> Regression:
    """Return a regression with the same penalties and weights that is fitted to all samples."""
    return replace(regression, factors=_fitted(torch.cat([*rows.features])))


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
    sizes: Mapping[str, int], penalties: Mapping[tuple[Kind, str], float], sums: Sums
) -> RegressionDescription:
    by_kind: dict[Kind, dict[str, Mixing]] = {"whole": {}, "cells": {}}
    for (kind, name), penalty in penalties.items():
        weight = mixing_weight(*sums.get((kind, name), torch.zeros(3)))
        by_kind[kind][name] = Mixing(penalty=penalty, weight=round(weight, 3))
    return RegressionDescription(
        features=dict(sizes), whole=by_kind["whole"], cells=by_kind["cells"]
    )


def _penalties(model: Model, rows: FittedRows) -> dict[tuple[Kind, str], float]:
    """Return the penalty with the smallest error in held-out parts of the rows, by kind and modality."""
    merged = [merged_by_given(masked_rows(model, batch, rows.sizes)) for batch in rows.batches]
    predicted = min(FOLD_ROWS, max(LEAST_ROWS, FOLD_NUMBERS // sum(rows.sizes.values())))
    description, errors = RegressionDescription(features=dict(rows.sizes)), Sums()
    for split in rows.splits:
        first = [out & (out.cumsum(0) <= predicted) for out in split.held_out]
        pairs = zip(merged, first, strict=True)
        held_out = [masked.select(out) for own, out in pairs for masked in own]
        _add_errors(errors, model, Regression(description, split.factors), held_out)
    return {key: PENALTIES[int(error.argmin())] for key, error in errors.items()}


def _add_errors(
    sums: Sums, model: Model, regression: Regression, held_out: Sequence[MaskedRows]
) -> None:
    sizes = regression.description.features
    features = [features_of(model.codec, sizes, masked.given) for masked in held_out]
    # All rows together, since many have the same pattern of observed numbers.
    scores = regression.scores(torch.cat(features), PENALTIES)
    parts = scores.split([len(own) for own in features], dim=1)
    for masked, part in zip(held_out, parts, strict=True):
        for name, truth in masked.hidden.items():
            guess = regression.predicted(model.codec, part, name)
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
        keys = [key for n in masked.hidden if (key := (masked.kind, n)) in penalties]
        distinct = sorted({penalties[key] for key in keys})
        scores = dict(zip(distinct, regression.scores(features, distinct), strict=True))
        for key in keys:
            name, truth = key[1], masked.hidden[key[1]]
            means = [likelihood.mean for likelihood in decoded(model.codec, name, latents, own)]
            mean = torch.cat(means).unflatten(0, (DRAWS, -1)).mean(0)
            (guess,) = regression.predicted(model.codec, scores[penalties[key]].unsqueeze(0), name)
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
