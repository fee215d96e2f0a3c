"""Linear probes: how much of the label a linear classifier finds in a representation."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score
from torch import Tensor

from mmcore.evaluation.representations import Representations

__all__ = ["ProbeReport", "probe"]

MAX_ITERATIONS = 1000
LEAK = 0.25
"""Share of the way from chance to certainty from which a style is said to hold the content."""


@dataclass(frozen=True, slots=True)
class ProbeReport:
    """Test scores of logistic regressions on posterior means.

    The score is accuracy, and mean average precision where labels are binary attributes.

    Arguments:
        content: by subset of modalities, of the shared latent variable.
        styles: by modality, of its own subspace.
        chance: share of the most frequent class; of attributes, their mean frequency.
        train_rows: rows that the probes were fitted on.
        test_rows: rows that they were tested on.
        score: which of the two.
    """

    content: Mapping[str, float]
    styles: Mapping[str, float]
    chance: float
    train_rows: int
    test_rows: int
    score: Literal["accuracy", "mean average precision"] = "accuracy"

    def warnings(self) -> list[str]:
        """Return what points to content that hides in the styles, a sentence each."""
        told = [
            f"content has leaked into the style of {name}: a linear probe finds the label there with"
            f" accuracy {accuracy:.3f} (chance {self.chance:.3f}); raise --beta-style or --style-warmup,"
            " or make --style-dim smaller"
            for name, accuracy in self.styles.items()
            if self._above_chance(accuracy) > LEAK
        ]
        best = max(map(self._above_chance, self.content.values()))
        return told + [
            f"the shared space says little of {name}: a linear probe finds the label with accuracy"
            f" {self.content[name]:.3f} (chance {self.chance:.3f}), where other subsets reach more;"
            " train longer, or see whether its style has taken the content"
            for name in self.styles
            if best > 2 * LEAK and self._above_chance(self.content[name]) < LEAK
        ]

    def _above_chance(self, accuracy: float) -> float:
        return (accuracy - self.chance) / max(1 - self.chance, 1e-9)


def probe(train: Representations, test: Representations) -> ProbeReport:
    """Fit a logistic regression to each representation and return its score on ``test``.

    Labels are classes, (N,), or binary attributes, (N, L).
    """
    several = test.labels.dim() > 1
    return ProbeReport(
        content=_scores(train.content, test.content, train.labels, test.labels),
        styles=_scores(train.styles, test.styles, train.labels, test.labels),
        chance=_chance(test.labels),
        train_rows=len(train.labels),
        test_rows=len(test.labels),
        score="mean average precision" if several else "accuracy",
    )


def _chance(labels: Tensor) -> float:
    if labels.dim() > 1:
        return float(labels.double().mean())
    _, counts = labels.unique(return_counts=True)
    return float(counts.max() / counts.sum())


def _scores(
    train: Mapping[str, Tensor], test: Mapping[str, Tensor], y_train: Tensor, y_test: Tensor
) -> dict[str, float]:
    score = _average_precision if y_train.dim() > 1 else _accuracy
    return {
        name: round(score(x.numpy(), y_train.numpy(), test[name].numpy(), y_test.numpy()), 4)
        for name, x in train.items()
    }


def _accuracy(x: np.ndarray, y: np.ndarray, x_test: np.ndarray, y_test: np.ndarray) -> float:
    return float(_fitted(x, y).score(x_test, y_test))


def _average_precision(
    x: np.ndarray, y: np.ndarray, x_test: np.ndarray, y_test: np.ndarray
) -> float:
    """Return the mean over attributes; one that is all 0 or all 1 on either side has none."""
    found = [
        average_precision_score(y_test[:, i], _fitted(x, y[:, i]).predict_proba(x_test)[:, 1])
        for i in range(y.shape[1])
        if 0 < y[:, i].mean() < 1 and 0 < y_test[:, i].mean() < 1
    ]
    return float(np.mean(found)) if found else float("nan")


def _fitted(x: np.ndarray, y: np.ndarray) -> LogisticRegression:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return LogisticRegression(max_iter=MAX_ITERATIONS).fit(x, y)
