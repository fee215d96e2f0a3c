"""How well classes are told apart, beyond the share that is right."""

from dataclasses import dataclass

import numpy as np
from sklearn.metrics import roc_auc_score

__all__ = ["Discrimination", "discrimination"]


@dataclass(frozen=True, slots=True)
class Discrimination:
    """How well classes are told apart.

    Arguments:
        accuracy: share of rows whose class is found.
        balanced: mean of that share over the classes, so that rare ones count as much.
        auroc: area under the receiver operating characteristic of each class against the others, a
            mean over the classes; NaN where no class has rows on both sides.
    """

    accuracy: float
    balanced: float
    auroc: float


def discrimination(chances: np.ndarray, classes: np.ndarray, truth: np.ndarray) -> Discrimination:
    """Return how well the probabilities of classes tell the true ones.

    Shapes:
        chances: (N, K). classes: (K,), the class of each column. truth: (N,).
    """
    guess = classes[chances.argmax(1)]
    # A class that training never had is found in none of its rows, and has no chances to rank by.
    shares = [float((guess[truth == label] == label).mean()) for label in np.unique(truth)]
    areas = [
        roc_auc_score(truth == label, chances[:, place])
        for place, label in enumerate(classes)
        if 0 < (truth == label).mean() < 1
    ]
    return Discrimination(
        accuracy=float((guess == truth).mean()),
        balanced=float(np.mean(shares)),
        auroc=float(np.mean(areas)) if areas else float("nan"),
    )
