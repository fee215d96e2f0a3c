"""Scores of predicted classes and of predicted binary attributes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from sklearn.metrics import average_precision_score, roc_auc_score
from torch import Tensor

__all__ = [
    "Discrimination",
    "Score",
    "attribute_names",
    "average_precisions",
    "base_rates",
    "discrimination",
    "mean_precision",
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
    y, x = labels.numpy(), scores.double().numpy()
    return tuple(
        float(average_precision_score(y[:, i], x[:, i])) if 0 < y[:, i].mean() < 1 else None
        for i in range(y.shape[1])
    )


def mean_precision(precisions: Sequence[float | None]) -> float:
    """Return the mean over the attributes that have a precision; NaN if none has."""
    known = [precision for precision in precisions if precision is not None]
    return float(np.mean(known)) if known else float("nan")


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
    """

    accuracy: float
    balanced: float
    auroc: float


def discrimination(
    probabilities: np.ndarray, classes: np.ndarray, truth: np.ndarray
) -> Discrimination:
    """Return the scores of predicted probabilities.

    Shapes:
        probabilities: (N, K). classes: (K,), the class of each column. truth: (N,).
    """
    predicted = classes[probabilities.argmax(1)]
    # A class that is not among the training labels is never predicted and has no ranking.
    shares = [float((predicted[truth == label] == label).mean()) for label in np.unique(truth)]
    areas = [
        roc_auc_score(truth == label, probabilities[:, column])
        for column, label in enumerate(classes)
        if 0 < (truth == label).mean() < 1
    ]
    return Discrimination(
        accuracy=float((predicted == truth).mean()),
        balanced=float(np.mean(shares)),
        auroc=float(np.mean(areas)) if areas else float("nan"),
    )
