"""Linear probes: how much of the label a linear classifier finds in a representation."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass

from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from torch import Tensor

from mmcore.evaluation.representations import Representations

__all__ = ["ProbeReport", "probe"]

MAX_ITERATIONS = 1000
LEAK = 0.25
"""Share of the way from chance to certainty from which a style is said to hold the content."""


@dataclass(frozen=True, slots=True)
class ProbeReport:
    """Test accuracy of logistic regressions on posterior means.

    Arguments:
        content: by subset of modalities, of the shared latent variable.
        styles: by modality, of its own subspace.
        chance: share of the most frequent class.
        train_rows: rows that the probes were fitted on.
        test_rows: rows that they were tested on.
    """

    content: Mapping[str, float]
    styles: Mapping[str, float]
    chance: float
    train_rows: int
    test_rows: int

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
    """Fit a logistic regression to each representation and return its accuracy on ``test``."""
    _, counts = test.labels.unique(return_counts=True)
    return ProbeReport(
        content=_accuracies(train.content, test.content, train.labels, test.labels),
        styles=_accuracies(train.styles, test.styles, train.labels, test.labels),
        chance=float(counts.max() / counts.sum()),
        train_rows=len(train.labels),
        test_rows=len(test.labels),
    )


def _accuracies(
    train: Mapping[str, Tensor], test: Mapping[str, Tensor], y_train: Tensor, y_test: Tensor
) -> dict[str, float]:
    accuracies = {}
    for name, features in train.items():
        classifier = LogisticRegression(max_iter=MAX_ITERATIONS)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            classifier.fit(features.numpy(), y_train.numpy())
        accuracies[name] = round(float(classifier.score(test[name].numpy(), y_test.numpy())), 4)
    return accuracies
