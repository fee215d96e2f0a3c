"""Scores of predicted classes and of predicted binary attributes."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan
from typing import Literal

import numpy as np
from torch import Tensor

from mmcore.metrics.errors import bootstrap_error, bootstrap_errors, share_error

__all__ = [
    "Discrimination",
    "Score",
    "attribute_names",
    "average_precisions",
    "base_rates",
    "discrimination",
    "mean_precision",
    "precision_errors",
    "score",
    "score_name",
]

Score = Literal["accuracy", "mean average precision"]


def score_name(labels: Tensor) -> Score:
    """Return the score of labels: accuracy for classes, (N,), mean precision for attributes, (N, L)."""
    return "mean average precision" if labels.dim() > 1 else "accuracy"


def score(labels: Tensor, logits: Tensor) -> float:
    """Return the score of logits, (N, L), for classes, (N,), or binary attributes, (N, L)."""
    if labels.dim() > 1:
        return mean_precision(average_precisions(labels, logits))
    return float((logits.argmax(-1) == labels).float().mean())


def average_precisions(labels: Tensor, scores: Tensor) -> tuple[float | None, ...]:
    r"""Return the average precision of each attribute, :math:`\sum_n (R_n - R_{n-1}) P_n`.

    Random scores reach the attribute's base rate. An attribute that all items have, or none, has no
    average precision: None.

    Shapes:
        labels: (N, L), 0 or 1. scores: (N, L), higher for a more likely attribute. returns: (L,).
    """
    # It takes a second to import, and imputation, which prints errors of baselines, does not need it.
    from sklearn.metrics import average_precision_score

    y, x = labels.numpy(), scores.double().numpy()
    return tuple(
        float(average_precision_score(y[:, i], x[:, i])) if 0 < y[:, i].mean() < 1 else None
        for i in range(y.shape[1])
    )


def mean_precision(precisions: Sequence[float | None]) -> float:
    """Return the mean over the attributes that have a precision; NaN if none has."""
    known = [precision for precision in precisions if precision is not None]
    return float(np.mean(known)) if known else float("nan")


def precision_errors(labels: Tensor, scores: Tensor) -> tuple[float, tuple[float | None, ...]]:
    """Return the standard error of the mean average precision, and of that of each attribute, by bootstrap.

    The arguments are those of `average_precisions`; an attribute without a precision has no error.
    """

    def statistics(rows: Tensor) -> list[float]:
        each = average_precisions(labels[rows], scores[rows])
        return [mean_precision(each), *(nan if one is None else one for one in each)]

    of_mean, *of_each = bootstrap_errors(statistics, len(labels))
    known = average_precisions(labels, scores)
    return of_mean, tuple(
        None if one is None else error for one, error in zip(known, of_each, strict=True)
    )


def base_rates(labels: Tensor) -> tuple[float, ...]:
    """Return the share of items that have each attribute, (L,)."""
    return tuple(labels.double().mean(0).tolist())


def attribute_names(names: Sequence[str] | None, count: int) -> list[str]:
    """Return the names of the attributes; ``attribute 1`` and so on if they have none."""
    return list(names) if names else [f"attribute {number + 1}" for number in range(count)]


@dataclass(frozen=True, slots=True)
class Discrimination:
    """Scores of the predicted probabilities of classes.

    Arguments:
        accuracy: share of rows whose class is predicted.
        balanced: mean of that share over the classes, so that rare classes count as much as frequent ones.
        auroc: area under the receiver operating characteristic of each class against the others, mean
            over the classes; NaN if no class has rows on both sides.
        errors: the standard errors of these scores.
    """

    accuracy: float
    balanced: float
    auroc: float
    errors: tuple[float, float, float]


def discrimination(
    probabilities: np.ndarray, classes: np.ndarray, truth: np.ndarray
) -> Discrimination:
    """Return the scores of predicted probabilities.

    Shapes:
        probabilities: (N, K). classes: (K,), the class of each column. truth: (N,).
    """
    predicted = classes[probabilities.argmax(1)]
    accuracy = float((predicted == truth).mean())
    # A class that is not among the training labels is never predicted and has no ranking.
    rights = [predicted[truth == label] == label for label in np.unique(truth)]
    variances = [share_error(right.mean(), len(right)) ** 2 for right in rights]
    area_error = bootstrap_error(
        lambda rows: _area(probabilities[rows], classes, truth[rows]), len(truth)
    )
    return Discrimination(
        accuracy=accuracy,
        balanced=float(np.mean([right.mean() for right in rights])),
        auroc=_area(probabilities, classes, truth),
        errors=(
            share_error(accuracy, len(truth)),
            float(np.sum(variances)) ** 0.5 / len(rights),
            area_error,
        ),
    )


def _area(probabilities: np.ndarray, classes: np.ndarray, truth: np.ndarray) -> float:
    from scipy.stats import rankdata

    # The area is a function of the sum of ranks, which takes a tenth of the time of the curve.
    members = truth[:, None] == classes
    inside = members.sum(0)
    pairs = inside * (len(truth) - inside)
    ranks = np.where(members, rankdata(probabilities, axis=0), 0).sum(0)
    areas = (ranks - inside * (inside + 1) / 2)[pairs > 0] / pairs[pairs > 0]
    return float(areas.mean()) if len(areas) else float("nan")
