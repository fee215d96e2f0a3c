"""Errors of imputed values beside those of baselines, on the same held-out records."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isnan, nan

import torch
from torch import Tensor

from mmcore.codec import Codec
from mmcore.data import Data
from mmcore.encoding import Encoding, Inference
from mmcore.inference.prediction.predictive import units
from mmcore.inference.representation.batches import encoded
from mmcore.inference.representation.subsets import subset_name
from mmcore.metrics.errors import bootstrap_error
from mmcore.metrics.imputation.baselines import Baselines, Elements
from mmcore.metrics.imputation.held_out import HeldOutResult, ImputationErrors, held_out_result
from mmcore.metrics.imputation.wordings import (
    CATEGORIES,
    KNN,
    MEAN,
    METHODS,
    MODEL,
    NUMBERS,
    OBSERVED,
    Wording,
)
from mmcore.model import Model
from mmcore.noise import Noise, derived_seed
from mmcore.regression import Regression
from mmcore.reporting.record import Column, Table
from mmcore.reporting.statements import Estimate, Reference, Statement

__all__ = [
    "OBSERVED",
    "Comparison",
    "comparison_tables",
    "comparisons",
    "held_out_comparisons",
    "observed_results",
    "worse_than_baselines",
]

CLEAR = 2.0
"""Standard errors by which a baseline is clearly better."""

Results = Mapping[str, Mapping[str, HeldOutResult]]
Measure = Callable[[ImputationErrors, Tensor | None], float | None]
MEASURES: tuple[tuple[Wording, Measure], ...] = (
    (NUMBERS, ImputationErrors.rmse),
    (CATEGORIES, ImputationErrors.share),
)


@dataclass(frozen=True, slots=True)
class Comparison:
    """The errors of model and baselines for one modality, given others, on the same records.

    Arguments:
        name: the modality.
        given: name of the given subset, or `OBSERVED`.
        records: their number.
        errors: by method.
        is_scaled: whether errors of numbers are in standard deviations.
    """

    name: str
    given: str
    records: int
    errors: Mapping[str, ImputationErrors]
    is_scaled: bool

    @property
    def title(self) -> str:
        """The name of a row."""
        return f"{self.name} given {self.given}"

    @property
    def better(self) -> list[str]:
        """The baselines that are better than the model by two standard errors of the difference."""
        return [
            method
            for method in (KNN, MEAN)
            if any(self._gap(measure, method) > 0 for _, measure in MEASURES)
        ]

    @property
    def statements(self) -> list[Statement]:
        """The error of the model beside those of the baselines, of numbers and of categories."""
        return [
            Statement(
                topic="imputation",
                quantity=f"{wording.quantity} {self.name}{self._conditions(wording)}",
                best="low",
                estimate=Estimate(value=value, error=_spread(self.errors[MODEL], of)),
                n=self.records,
                references={
                    name: self._reference(of, method)
                    for name, method in zip(wording.references, (KNN, MEAN), strict=True)
                },
            )
            for wording, of in MEASURES
            if (value := of(self.errors[MODEL], None)) is not None
        ]

    def _conditions(self, wording: Wording) -> str:
        unit = ", in standard deviations," if self.is_scaled and wording is NUMBERS else ""
        given = "all other modalities of a record" if self.given == OBSERVED else self.given
        return f" given {given.replace('+', ' + ')}{unit}"

    def _reference(self, measure: Measure, method: str) -> Reference:
        errors = self.errors[method]
        return Reference(
            value=measure(errors, None),
            error=_spread(errors, measure),
            difference_error=self._gap_error(measure, method),
        )

    def _gap(self, measure: Measure, method: str) -> float:
        """Return by how much an error of the baseline is lower, minus two standard errors."""
        own, other = measure(self.errors[MODEL], None), measure(self.errors[method], None)
        if own is None or other is None:
            return 0.0
        return own - other - CLEAR * (self._gap_error(measure, method) or 0.0)

    def _gap_error(self, measure: Measure, method: str) -> float | None:
        own, other = self.errors[MODEL], self.errors[method]
        return _known(
            bootstrap_error(
                lambda rows: _number(measure(own, rows)) - _number(measure(other, rows)),
                self.records,
            )
        )


def observed_results(
    codec: Codec,
    posterior: Inference,
    encoding: Encoding,
    noise: Noise,
    regression: Regression | None = None,
) -> dict[str, HeldOutResult]:
    """Impute each modality of the records that have another one, given all others that they have."""
    results = {}
    for name in encoding.values:
        seen = encoding.restrict([other for other in encoding.names if other != name])
        rows = encoding.has((name,)) & seen.present.any(0)
        if bool(rows.any()):
            chosen, own = seen.select(rows), noise.resized(int(rows.sum())).at("observed")
            every = torch.ones_like(rows[rows])
            results[name] = held_out_result(
                codec, posterior, chosen, name, every, own, regression
            ).among(rows)
    return results


def held_out_comparisons(model: Model, data: Data, seed: int, rows: int = 200) -> list[Comparison]:
    """Return the comparisons of each modality, given `OBSERVED`, on at most ``rows`` held-out records."""
    generator = torch.Generator().manual_seed(derived_seed("held-out", seed))
    indices = torch.randperm(len(data.test), generator=generator)[:rows]
    if not len(indices) or len(model.names) == 1:
        return []
    batch = encoded(model, data.test, indices, seed)
    results = observed_results(
        model.codec, model.generation, batch.encoding, batch.noise, model.regression
    )
    baselines = Baselines.fit(model, data.train, seed)
    return comparisons(model.codec, {OBSERVED: results}, baselines, batch.encoding)


def comparisons(
    codec: Codec, results: Results, baselines: Baselines, encoding: Encoding
) -> list[Comparison]:
    """Return the comparisons of each modality, given one other, given all others, and `OBSERVED`."""
    elements = {
        name: Elements.of(values.cpu(), encoding.has((name,)).cpu())
        for name, values in encoding.values.items()
    }
    compared = []
    for name, values in encoding.values.items():
        unit = units(codec[name], values).flatten().cpu()
        scaled = codec[name].unit() is not None
        for given in _given_subsets(name, results, encoding.names):
            own = results[given][name]
            errors = _baseline_errors(name, given, own.rows, unit, baselines, elements)
            errors = {MODEL: own.errors, **errors}
            compared.append(Comparison(name, given, len(own.crps), errors, scaled))
    return compared


def _given_subsets(name: str, results: Results, names: Sequence[str]) -> list[str]:
    """Return which given subsets are compared; `OBSERVED` is left out if it means all others."""
    others = [other for other in names if other != name]
    everything = subset_name(others)
    known = [g for g in dict.fromkeys((*others, everything)) if name in results.get(g, {})]
    if name not in results[OBSERVED]:
        return known
    observed = results[OBSERVED][name].rows
    same = everything in known and torch.equal(results[everything][name].rows, observed)
    return known if same else [*known, OBSERVED]


def _baseline_errors(
    name: str,
    given: str,
    rows: Tensor,
    unit: Tensor,
    baselines: Baselines,
    elements: Mapping[str, Elements],
) -> dict[str, ImputationErrors]:
    """Return the errors of the baselines in the records that ``rows`` selects."""
    others = [o for o in elements if o != name and (given == OBSERVED or o in given.split("+"))]
    truth = elements[name].select(rows)
    cells = truth.cells.masked_fill(~truth.known, torch.nan)
    nearest = baselines.nearest(name, {other: elements[other].select(rows) for other in others})
    mean = baselines.mean(name).expand_as(cells)
    return {
        KNN: ImputationErrors.of(nearest, cells, unit),
        MEAN: ImputationErrors.of(mean, cells, unit),
    }


def comparison_tables(compared: Sequence[Comparison]) -> list[Table]:
    """Return a table of the errors of numbers and one of categories, each if there are any."""
    return [table for wording, measure in MEASURES for table in _table(wording, measure, compared)]


def _table(wording: Wording, measure: Measure, compared: Sequence[Comparison]) -> list[Table]:
    """Return the table of a measure; none if it does not apply to any modality."""
    measured = [one for one in compared if measure(one.errors[MODEL], None) is not None]
    if not measured:
        return []
    return [
        Table(
            name=wording.table,
            about=wording.about,
            topic="imputation",
            row_label="imputed",
            columns=tuple(Column(name=method, best="low") for method in wording.columns),
            rows={o.title: tuple(measure(o.errors[m], None) for m in METHODS) for o in measured},
            errors={
                o.title: tuple(_spread(o.errors[m], measure) for m in METHODS) for o in measured
            },
            n={one.title: (one.records,) * len(METHODS) for one in measured},
            along_rows=True,
        )
    ]


def _spread(errors: ImputationErrors, measure: Measure) -> float | None:
    rows = len(errors.squares)
    return _known(bootstrap_error(lambda chosen: _number(measure(errors, chosen)), rows))


def _known(error: float) -> float | None:
    return None if isnan(error) else error


def _number(value: float | None) -> float:
    return nan if value is None else value


def worse_than_baselines(compared: Sequence[Comparison]) -> list[str]:
    """Return a sentence on the modalities that a baseline imputes better than the model."""
    lost = {one.title: better for one in compared if (better := one.better)}
    if not lost:
        return []
    which = "; ".join(f"{title} ({', '.join(better)})" for title, better in lost.items())
    return [f"baselines are better than the model by over {CLEAR:.0f} standard errors for {which}"]
