"""Linear probes: how much of the label a linear classifier finds in a representation."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
import torch
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from torch import Tensor

from mmcore.batch import UNKNOWN
from mmcore.inference.representations import WHATEVER, Representations
from mmcore.metrics.discrimination import Discrimination, discrimination
from mmcore.metrics.scores import (
    Score,
    average_precisions,
    base_rates,
    mean_precision,
    score_name,
)

__all__ = ["ProbeReport", "labelled", "probe"]

Found = TypeVar("Found")

MAX_ITERATIONS = 1000
LEAK = 0.25
"""Share of the way from chance to certainty from which a style is said to hold the content."""


@dataclass(frozen=True, slots=True)
class ProbeReport:
    """Test scores of logistic regressions on posterior means.

    The score is accuracy, and mean average precision where labels are binary attributes.

    Arguments:
        content: by subset of modalities, of the shared latent variable; a subset that no labelled row
            has in training or in testing is left out.
        styles: by modality, of its own subspace.
        chance: share of the most frequent class; of attributes, their mean base rate.
        train_rows: rows that the probes were fitted on.
        test_rows: rows that they were tested on.
        score: which of the two.
        attributes: by subset, the average precision of each attribute, None where it has none; empty
            where labels are classes.
        rates: the base rate of each attribute among the test rows.
        classes: how many the labelled test rows have; 0 where labels are attributes.
        discrimination: by subset, what else there is to say of the same probes of classes.
    """

    content: Mapping[str, float]
    styles: Mapping[str, float]
    chance: float
    train_rows: int
    test_rows: int
    score: Score = "accuracy"
    attributes: Mapping[str, Sequence[float | None]] = field(default_factory=dict)
    rates: Sequence[float] = ()
    classes: int = 0
    discrimination: Mapping[str, Discrimination] = field(default_factory=dict)

    def warnings(self) -> list[str]:
        """Return what points to content that hides in the styles, a sentence each."""
        told = [
            f"content has leaked into the style of {name}: a linear probe finds the label there with"
            f" {self.score} {found:.3f} (chance {self.chance:.3f}); raise --beta-style or --style-warmup,"
            " or make --style-dim smaller"
            for name, found in self.styles.items()
            if self._above_chance(found) > LEAK
        ]
        best = max(map(self._above_chance, self.content.values()), default=0.0)
        return told + [
            f"the shared space says little of {name}: a linear probe finds the label with {self.score}"
            f" {self.content[name]:.3f} (chance {self.chance:.3f}), where other subsets reach more;"
            " train longer, or see whether its style has taken the content"
            for name in self.styles
            if best > 2 * LEAK
            and name in self.content
            and self._above_chance(self.content[name]) < LEAK
        ]

    def _above_chance(self, found: float) -> float:
        return (found - self.chance) / max(1 - self.chance, 1e-9)


def probe(train: Representations, test: Representations) -> ProbeReport:
    """Fit a logistic regression to each representation and return its score on ``test``.

    Labels are classes, (N,), or binary attributes, (N, L). Rows without a label, or without all of a
    subset, have no part in the subset's probe.
    """
    known = test.labels[labelled(test.labels)]
    several = known.dim() > 1
    told: dict[str, Discrimination] = {}
    if several:
        content = _each(train, test, train.content, test.content, _average_precisions)
        styles = _each(train, test, train.styles, test.styles, _average_precisions)
    else:
        told = _each(train, test, train.content, test.content, _discrimination)
        content = {name: (found.accuracy,) for name, found in told.items()}
        styles = _each(train, test, train.styles, test.styles, _accuracy)
    return ProbeReport(
        content={name: round(mean_precision(found), 4) for name, found in content.items()},
        styles={name: round(mean_precision(found), 4) for name, found in styles.items()},
        chance=_chance(known),
        train_rows=int(labelled(train.labels).sum()),
        test_rows=len(known),
        score=score_name(known),
        attributes=content if several else {},
        rates=base_rates(known) if several else (),
        classes=0 if several else len(known.unique()),
        discrimination=told,
    )


def labelled(labels: Tensor) -> Tensor:
    """Return which rows have a label, (N,)."""
    return (labels != UNKNOWN).reshape(len(labels), -1).all(1)


def _chance(labels: Tensor) -> float:
    if labels.dim() > 1:
        return mean_precision(base_rates(labels))
    _, counts = labels.unique(return_counts=True)
    return float(counts.max() / counts.sum()) if len(labels) else float("nan")


def _each(
    train: Representations,
    test: Representations,
    x_train: Mapping[str, Tensor],
    x_test: Mapping[str, Tensor],
    score: Callable[[Tensor, Tensor, Tensor, Tensor], Found],
) -> dict[str, Found]:
    """Return what each representation scores."""
    found: dict[str, Found] = {}
    for name in x_test:
        if name == WHATEVER and _is_complete(train) and _is_complete(test):
            continue  # everything is there
        fit, held = _rows(train, name), _rows(test, name)
        if len(train.labels[fit].unique(dim=0)) > 1 and bool(held.any()):
            sides = [x_train[name][fit], train.labels[fit], x_test[name][held], test.labels[held]]
            found[name] = score(*sides)
    return found


def _is_complete(found: Representations) -> bool:
    return all(bool(mask.all()) for mask in found.present.values())


def _rows(found: Representations, name: str) -> Tensor:
    rows = labelled(found.labels)
    return rows & found.present[name] if name in found.present else rows


def _accuracy(x: Tensor, y: Tensor, x_test: Tensor, y_test: Tensor) -> tuple[float | None, ...]:
    return (float(_fitted(x, y).score(x_test.numpy(), y_test.numpy())),)


def _discrimination(x: Tensor, y: Tensor, x_test: Tensor, y_test: Tensor) -> Discrimination:
    model = _fitted(x, y)
    return discrimination(model.predict_proba(x_test.numpy()), model.classes_, y_test.numpy())


def _average_precisions(
    x: Tensor, y: Tensor, x_test: Tensor, y_test: Tensor
) -> tuple[float | None, ...]:
    """Return the average precision of each attribute; one that never varies has none."""
    varies = [len(column.unique()) > 1 for column in y.unbind(1)]
    scores = torch.zeros(y_test.shape, dtype=torch.double)
    for i in np.flatnonzero(varies):
        decided = _fitted(x, y[:, i]).decision_function(x_test.numpy())
        scores[:, i] = torch.from_numpy(decided)
    precisions = average_precisions(y_test, scores)
    return tuple(p if v else None for p, v in zip(precisions, varies, strict=True))


def _fitted(x: Tensor, y: Tensor) -> LogisticRegression:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return LogisticRegression(max_iter=MAX_ITERATIONS).fit(x.numpy(), y.numpy())
