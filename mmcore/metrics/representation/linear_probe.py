"""Linear probes: logistic regressions from representations to labels."""

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
from mmcore.inference.representation.representations import AVAILABLE, Representations
from mmcore.metrics.errors import share_error, share_interval
from mmcore.metrics.scores import (
    Discrimination,
    Score,
    average_precisions,
    base_rates,
    discrimination,
    mean_precision,
    precision_errors,
    score_name,
)

__all__ = ["ProbeReport", "comparable", "labeled", "probe"]

Result = TypeVar("Result")

MAX_ITERATIONS = 1000
LEAST_COMMON = 10
LEAK = 0.25
"""Score of a style, from 0 at chance to 1, above which it contains content."""
LEAST_NATS = 0.1
"""Information in a style below which its draws cannot contain the label, even if its means predict it."""


@dataclass(frozen=True, slots=True)
class ProbeReport:
    """Test scores of logistic regressions on posterior means.

    The score is accuracy for classes, and mean average precision for binary attributes.

    Arguments:
        content: score of the shared latent variable, by given subset; a subset that no labeled row has in
            the training or the test samples is left out.
        styles: score of the modality-specific subspace, by modality.
        chance: share of the most frequent class; for attributes, the mean base rate.
        train_rows: number of rows that the probes were fitted on.
        test_rows: number of rows that the probes were tested on.
        score: name of the score.
        attributes: by subset, the average precision of each attribute, None if it has none; empty for
            classes.
        attribute_errors: the standard errors of ``attributes``.
        rates: the base rate of each attribute in the test rows.
        classes: number of classes in the test rows; 0 for attributes.
        discrimination: by subset, further scores of the same probes of classes.
        content_errors: the standard errors of ``content``, over the test rows.
        style_errors: the same of ``styles``.
        style_nats: by modality, the mean divergence of the style from its prior in the test rows; a
            modality for which it is not known is left out.
        counts: by subset, number of rows that the probe of the content was tested on.
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
    content_errors: Mapping[str, float] = field(default_factory=dict)
    style_errors: Mapping[str, float] = field(default_factory=dict)
    style_nats: Mapping[str, float] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    attribute_errors: Mapping[str, Sequence[float | None]] = field(default_factory=dict)

    def interval(self, name: str) -> tuple[float, float] | None:
        """Return the 95 % interval of the score of a subset; None if it was not measured."""
        if name not in self.content:
            return None
        if self.score == "accuracy":
            return share_interval(self.discrimination[name].accuracy, self.counts[name])
        reach = 1.96 * self.content_errors[name]
        return max(0.0, self.content[name] - reach), min(1.0, self.content[name] + reach)

    def warnings(self) -> list[str]:
        """Return a sentence for each sign that styles contain content."""
        leaks = [
            f"content has leaked into the style of {name}: a linear probe predicts the label from it with"
            f" {self.score} {score:.3f} (chance {self.chance:.3f}); increase --beta-style or"
            " --style-warmup, or reduce --style-dim"
            for name, score in self.styles.items()
            if self._above_chance(score) > LEAK
            and self.style_nats.get(name, LEAST_NATS) >= LEAST_NATS
        ]
        best = max(map(self._above_chance, self.content.values()), default=0.0)
        return leaks + [
            f"the shared latent variable contains little of {name}: a linear probe predicts the label with"
            f" {self.score} {self.content[name]:.3f} (chance {self.chance:.3f}), and other subsets reach"
            " more; train longer, or check whether its style contains the content"
            for name in self.styles
            if best > 2 * LEAK
            and name in self.content
            and self._above_chance(self.content[name]) < LEAK
        ]

    def _above_chance(self, score: float) -> float:
        return (score - self.chance) / max(1 - self.chance, 1e-9)


@dataclass(frozen=True, slots=True)
class _Scored:
    """The accuracy, or the average precision of each attribute, and the standard error of their mean.

    ``errors`` has the standard error of each attribute.
    """

    scores: tuple[float | None, ...]
    error: float
    errors: tuple[float | None, ...] = ()


def probe(train: Representations, test: Representations) -> ProbeReport:
    """Fit a logistic regression to each representation and return its scores on ``test``.

    Labels are classes, (N,), or binary attributes, (N, L). Rows without a label, or without all of
    a subset, are not used for the probe of the subset.
    """
    known = test.labels[labeled(test.labels)]
    attributes = known.dim() > 1
    discriminations: dict[str, Discrimination] = {}
    if attributes:
        content = _each(train, test, train.content, test.content, _average_precisions)
        styles = _each(train, test, train.styles, test.styles, _average_precisions)
    else:
        discriminations = _each(train, test, train.content, test.content, _discrimination)
        content = {n: _Scored((s.accuracy,), s.errors[0]) for n, s in discriminations.items()}
        styles = _each(train, test, train.styles, test.styles, _accuracy)
    return ProbeReport(
        content={name: round(mean_precision(s.scores), 4) for name, s in content.items()},
        styles={name: round(mean_precision(s.scores), 4) for name, s in styles.items()},
        chance=_chance(known),
        train_rows=int(labeled(train.labels).sum()),
        test_rows=len(known),
        score=score_name(known),
        attributes={name: s.scores for name, s in content.items()} if attributes else {},
        rates=base_rates(known) if attributes else (),
        classes=0 if attributes else len(known.unique()),
        discrimination=discriminations,
        content_errors={name: s.error for name, s in content.items()},
        style_errors={name: s.error for name, s in styles.items()},
        style_nats={
            name: float(nats[_has(test, name)].mean()) for name, nats in test.style_nats.items()
        },
        counts={name: int(_usable(test, name, test.content[name]).sum()) for name in content},
        attribute_errors={name: s.errors for name, s in content.items()} if attributes else {},
    )


def comparable(test: Representations) -> Representations:
    """Return the test samples that have all modalities, on which all subsets can be compared.

    If fewer than 10 of them have a label, return all samples.
    """
    shared = test.complete()
    return shared if int(labeled(shared.labels).sum()) >= LEAST_COMMON else test


def labeled(labels: Tensor) -> Tensor:
    """Return which rows have a label, (N,)."""
    known = labels != UNKNOWN
    return known if known.dim() == 1 else known.all(1)


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
    score: Callable[[Tensor, Tensor, Tensor, Tensor], Result],
) -> dict[str, Result]:
    """Return the result of a probe for each representation."""
    results: dict[str, Result] = {}
    for name in x_test:
        if name == AVAILABLE and train.is_complete and test.is_complete:
            continue  # the same as all modalities
        fit, held = _usable(train, name, x_train[name]), _usable(test, name, x_test[name])
        if len(train.labels[fit].unique(dim=0)) > 1 and bool(held.any()):
            sides = [x_train[name][fit], train.labels[fit], x_test[name][held], test.labels[held]]
            results[name] = score(*sides)
    return results


def _usable(samples: Representations, name: str, x: Tensor) -> Tensor:
    # A row with an infinite value, which stopped the training, has no finite representation.
    return labeled(samples.labels) & _has(samples, name) & x.isfinite().all(1)


def _has(samples: Representations, name: str) -> Tensor:
    every = torch.ones(len(samples.labels), dtype=torch.bool)
    return samples.present.get(name, every)


def _accuracy(x: Tensor, y: Tensor, x_test: Tensor, y_test: Tensor) -> _Scored:
    share = float(_fitted(x, y).score(x_test.numpy(), y_test.numpy()))
    return _Scored((share,), share_error(share, len(y_test)))


def _discrimination(x: Tensor, y: Tensor, x_test: Tensor, y_test: Tensor) -> Discrimination:
    model = _fitted(x, y)
    return discrimination(model.predict_proba(x_test.numpy()), model.classes_, y_test.numpy())


def _average_precisions(x: Tensor, y: Tensor, x_test: Tensor, y_test: Tensor) -> _Scored:
    """Return the average precision of each attribute; a constant attribute has none."""
    varies = [len(column.unique()) > 1 for column in y.unbind(1)]
    scores = torch.zeros(y_test.shape, dtype=torch.double)
    for i in np.flatnonzero(varies):
        decided = _fitted(x, y[:, i]).decision_function(x_test.numpy())
        scores[:, i] = torch.from_numpy(decided)
    precisions = average_precisions(y_test, scores)
    known = tuple(p if v else None for p, v in zip(precisions, varies, strict=True))
    error, errors = precision_errors(y_test[:, varies], scores[:, varies])
    each = iter(errors)
    return _Scored(known, error, tuple(next(each) if v else None for v in varies))


def _fitted(x: Tensor, y: Tensor) -> LogisticRegression:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return LogisticRegression(max_iter=MAX_ITERATIONS).fit(x.numpy(), y.numpy())
