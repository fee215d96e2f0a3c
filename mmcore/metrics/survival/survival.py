"""Survival: Cox models on the content, their concordance on held-out samples, and risk groups."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from pydantic import BaseModel

from mmcore.data import Samples
from mmcore.errors import MmcoreError
from mmcore.inference.representation.batches import EncodedBatch, encoded_batches
from mmcore.inference.representation.representations import AVAILABLE
from mmcore.inference.representation.subsets import subset_name
from mmcore.metrics.base import Figure, Measured, Metric, Subject
from mmcore.metrics.explanation.variance import dimension_name
from mmcore.metrics.survival.hazards import LEAST_EVENTS, Concordance, Cox, concordance, fitted
from mmcore.metrics.survival.kaplan_meier import RiskGroups, curves, risk_groups
from mmcore.reporting.record import Column, FigureRecord, Table
from mmcore.reporting.statements import Estimate, Reference, Statement

__all__ = ["SurvivalMetric"]

CHUNK = 1000
CHANCE = 0.5


class SurvivalMetric(Metric[BaseModel]):
    """Concordance of Cox models on the content with held-out times, and curves of risk groups."""

    uses = ("subsets", "rows", "seed")

    def measure(self, subject: Subject) -> Measured:
        """Return tables of concordance, hazards and risk groups, and the curves of the groups."""
        annotations = subject.data.train.annotations
        if annotations is None or annotations.survival.empty:
            raise MmcoreError(
                "the data has no survival; a study names it with survival: {time: column, event: column}"
            )
        train, test = (_followed(subject, s) for s in (subject.data.train, subject.data.test))
        models = {name: fitted(*train.having(name)) for name in train.content}
        model = models[AVAILABLE]
        if model is None or not len(test.survival):
            raise MmcoreError(
                f"no Cox model is fitted and tested: of the training samples, {len(train.survival)} have a"
                f" known time and {int(train.survival['event'].sum())} an event, expected {LEAST_EVENTS};"
                f" of the held-out samples, {len(test.survival)} have a known time"
            )
        scores = {n: _score(own, test, n, subject.settings.seed) for n, own in models.items()}
        threshold = float(np.median(model.risk(train.content[AVAILABLE])))
        groups = risk_groups(test.survival, model.risk(test.content[AVAILABLE]) > threshold)
        tables = [_concordances(models, scores), _groups(groups, annotations.time), _hazards(model)]
        figure = Figure(_RECORD, curves(groups, annotations.time))
        return Measured(tables, _left_out(scores), [figure], _statements(scores[AVAILABLE]))


@dataclass(frozen=True, slots=True)
class _Followed:
    """Samples whose time and event are known.

    Shapes:
        content[subset]: (N, D), NaN in rows that lack a modality of the subset.
    """

    content: Mapping[str, np.ndarray]
    survival: pd.DataFrame

    def having(self, subset: str) -> tuple[np.ndarray, pd.DataFrame]:
        """Return content and survival of the rows that have the subset."""
        known = ~np.isnan(self.content[subset]).any(1)
        return self.content[subset][known], self.survival[known]


def _followed(subject: Subject, samples: Samples) -> _Followed:
    assert samples.annotations is not None, "checked by the caller"
    known = samples.annotations.survival.notna().all(axis=1).to_numpy()
    rows = torch.from_numpy(np.flatnonzero(known))
    generator = torch.Generator().manual_seed(subject.settings.seed)
    rows = rows[torch.randperm(len(rows), generator=generator)[: subject.settings.rows]]
    batches = encoded_batches(subject.model, samples, rows, CHUNK, subject.settings.seed)
    parts = [_means(subject, batch) for batch in batches] if len(rows) else []
    names = [*map(subset_name, subject.given), AVAILABLE]
    size = subject.model.prior.mean.numel()
    content = {n: np.concatenate([np.empty((0, size)), *(p[n] for p in parts)]) for n in names}
    return _Followed(content, samples.annotations.survival.iloc[rows.numpy()])


@torch.no_grad()
def _means(subject: Subject, batch: EncodedBatch) -> dict[str, np.ndarray]:
    """Return posterior means by subset, NaN in rows that lack a modality of it."""
    encoding, posterior = batch.encoding, subject.model.inference
    means = {}
    for subset in subject.given:
        own = posterior(encoding.restrict(subset)).mean
        lacking = ~encoding.has(subset).unsqueeze(1)
        means[subset_name(subset)] = own.masked_fill(lacking, torch.nan).double().cpu().numpy()
    return {**means, AVAILABLE: posterior(encoding).mean.double().cpu().numpy()}


def _score(model: Cox | None, test: _Followed, name: str, seed: int) -> Concordance | None:
    content, survival = test.having(name)
    return None if model is None else concordance(model.risk(content), survival, seed)


def _concordances(
    models: Mapping[str, Cox | None], scores: Mapping[str, Concordance | None]
) -> Table:
    known = {name: score for name, score in scores.items() if score is not None}
    rows: dict[str, tuple[float | None, ...]] = {}
    for name, model in models.items():
        score = scores[name]
        events = None if model is None else float(model.events)
        rows[name] = (None, None, None, events, None)
        if score is not None:
            rows[name] = (score.value, score.low, score.high, events, float(score.events))
    return Table(
        name="survival",
        topic="survival",
        about="Concordance of a Cox model on the posterior mean of the content given the modalities of the"
        " row, fitted to the training samples that have them (penalty 0.1 on the squared coefficients): the"
        " share of comparable pairs of held-out samples in which the one with the higher risk had the event"
        " first, 0.5 by chance; with the interval that has 95 % of 200 bootstrap samples. Rows count the"
        f" samples that have all of their modalities; {AVAILABLE} is given all that each sample has.",
        columns=tuple(
            Column(name=name, best="high" if name == "concordance" else "none")
            for name in (
                "concordance",
                "95 % from",
                "95 % to",
                "training events",
                "held-out events",
            )
        ),
        rows=rows,
        errors={n: (score.error, None, None, None, None) for n, score in known.items()},
        n={n: (score.rows,) * 5 for n, score in known.items()},
    )


def _hazards(model: Cox) -> Table:
    rows = {dimension_name(d): (float(weight),) for d, weight in enumerate(model.weights)}
    return Table(
        name="hazard by dimension",
        topic="survival",
        about="Log hazard ratio for one standard deviation of a dimension of the content, with all others in"
        f" the model, given all modalities of a training sample; {model.events} events.",
        row_label="dimension",
        columns=(Column(name="log hazard ratio"),),
        rows=rows,
        errors={dimension_name(d): (float(error),) for d, error in enumerate(model.errors)},
        n=model.rows,
    )


def _groups(groups: RiskGroups, unit: str) -> Table:
    p = "" if groups.p is None else f" Log-rank test of the difference: p = {groups.p:.2g}."
    return Table(
        name="risk groups",
        topic="survival",
        about="Held-out samples whose risk is below or above the median risk of the training samples, given"
        f" all modalities of a sample; the median time until the event is that of Kaplan and Meier.{p}",
        row_label="group",
        columns=(Column(name="events"), Column(name=f"median time ({unit})")),
        rows={name: (float(c.events), c.median) for name, c in groups.by_name.items()},
        n={name: (c.rows, c.rows) for name, c in groups.by_name.items()},
    )


def _left_out(scores: Mapping[str, Concordance | None]) -> list[str]:
    return [
        f"the concordance given {name} is not measured: fewer than {LEAST_EVENTS} training samples with all"
        " of it have an event, or no pair of held-out samples can be compared"
        for name, score in scores.items()
        if score is None
    ]


def _statements(score: Concordance | None) -> list[Statement]:
    if score is None:
        return []
    return [
        Statement(
            topic="survival",
            quantity="the concordance of the predicted risk with the observed times",
            estimate=Estimate(value=score.value, error=score.error),
            n=score.rows,
            references={"chance": Reference(value=CHANCE)},
        )
    ]


_RECORD = FigureRecord(
    name="survival",
    topic="survival",
    title="Survival of held-out samples of low and high predicted risk",
    about="Kaplan-Meier curves of held-out samples whose risk, by the Cox model on the content, is below or"
    " above the median risk of the training samples, with pointwise 95 % intervals.",
    alt="Two descending steps, a solid one for low risk and a dashed one for high risk, over time.",
)
