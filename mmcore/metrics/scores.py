"""How well classes, or binary attributes, are told: accuracy, or mean average precision."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from sklearn.metrics import average_precision_score
from torch import Tensor

__all__ = [
    "Score",
    "attribute_names",
    "average_precisions",
    "base_rates",
    "mean_precision",
    "score",
    "score_name",
]

Score = Literal["accuracy", "mean average precision"]


def score_name(labels: Tensor) -> Score:
    """Return how labels are scored: classes, (N,), by accuracy; attributes, (N, L), by precision."""
    return "mean average precision" if labels.dim() > 1 else "accuracy"


def score(labels: Tensor, logits: Tensor) -> float:
    """Return how well logits, (N, L), tell classes, (N,), or binary attributes, (N, L)."""
    if labels.dim() > 1:
        return mean_precision(average_precisions(labels, logits))
    return float((logits.argmax(-1) == labels).float().mean())


def average_precisions(labels: Tensor, scores: Tensor) -> tuple[float | None, ...]:
    r"""Return the average precision of each attribute, :math:`\sum_n (R_n - R_{n-1}) P_n`.

    Scores that know nothing reach the attribute's base rate. An attribute that all items have, or
    none, has no average precision: None.

    Shapes:
        labels: (N, L), 0 or 1. scores: (N, L), the higher the likelier. returns: (L,).
    """
    y, x = labels.numpy(), scores.double().numpy()
    return tuple(
        float(average_precision_score(y[:, i], x[:, i])) if 0 < y[:, i].mean() < 1 else None
        for i in range(y.shape[1])
    )


def mean_precision(precisions: Sequence[float | None]) -> float:
    """Return the mean over the attributes that have one; nan if none has."""
    known = [precision for precision in precisions if precision is not None]
    return float(np.mean(known)) if known else float("nan")


def base_rates(labels: Tensor) -> tuple[float, ...]:
    """Return the share of items that have each attribute, (L,)."""
    return tuple(labels.double().mean(0).tolist())


def attribute_names(given: Sequence[str] | None, count: int) -> list[str]:
    """Return the attributes' own names, or ``attribute 1`` and so on where they have none."""
    return list(given) if given else [f"attribute {number + 1}" for number in range(count)]
