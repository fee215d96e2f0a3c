"""Imputation: errors of generated values beside baselines, and calibration of their draws."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from pydantic import BaseModel
from torch import Tensor

from mmcore.codec import Codec
from mmcore.encoding import Encoding, Inference
from mmcore.inference.likelihood.importance_sampling import affordable_rows
from mmcore.inference.prediction.predictive import style_mean, units
from mmcore.inference.representation.batches import encoded
from mmcore.inference.representation.posteriors import named_posterior
from mmcore.inference.representation.subsets import subset_name
from mmcore.metrics.base import Measured, Metric, Subject
from mmcore.metrics.imputation.baseline_comparison import (
    OBSERVED,
    Comparison,
    comparison_tables,
    comparisons,
    observed_results,
    worse_than_baselines,
)
from mmcore.metrics.imputation.baselines import Baselines
from mmcore.metrics.imputation.calibration import calibration_tables, pit_figures
from mmcore.metrics.imputation.held_out import LEVELS, HeldOutResult, held_out_result
from mmcore.noise import Noise
from mmcore.regression import Regression
from mmcore.reporting.record import Column, Table
from mmcore.reporting.statements import Statement

__all__ = ["COVERED", "Imputation", "ImputationMetric", "impute"]

LEAST_ROWS, ROWS, NUMBERS = 100, 200, 1 << 18
"""Limits of the number of held-out records, and of numbers in all of them."""
COVERED = 0.9

ByTarget = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Imputation:
    """Errors and results by given subset and generated modality.

    Missing elements, NaN, do not count, nor do rows that lack the generated or a given modality. A
    modality that no row has is left out.

    Arguments:
        error: mean absolute error of each element of continuous values, in `Modality.unit`, and share of
            wrong elements of discrete ones, for the most likely value at the mean of content and style.
        results: draws compared with the values.
    """

    error: ByTarget
    results: Mapping[str, Mapping[str, HeldOutResult]]

    @property
    def coverage(self) -> ByTarget:
        """The share of the numbers that are in the interval that covers .9."""
        place = LEVELS.index(COVERED)
        return {
            given: {name: one.coverage[place] for name, one in by.items() if one.coverage}
            for given, by in self.results.items()
        }


@torch.no_grad()
def impute(
    codec: Codec,
    posterior: Inference,
    encoding: Encoding,
    given: Sequence[tuple[str, ...]],
    noise: Noise,
    regression: Regression | None = None,
) -> Imputation:
    r"""Generate every modality given every subset and compare with the true values.

    The interval extends from the 2nd to the 38th of 39 draws of :math:`p(x_m | X_K)`, with draws of
    content, style and likelihood. If the model is right, the true value is in it with probability 36/40.

    The style is the posterior of the value itself for given modalities, and the prior for others.

    Arguments:
        codec: the decoders.
        posterior: q(c | X_K).
        encoding: encoding of the rows.
        given: subsets K.
        noise: randomness of this batch.
        regression: of the model, see `held_out_result`.
    """
    error: dict[str, dict[str, float]] = {}
    results: dict[str, dict[str, HeldOutResult]] = {}
    for subset in given:
        present, key = encoding.has(subset), subset_name(subset)
        error[key], results[key] = {}, {}
        if not bool(present.any()):
            continue
        rows = encoding if bool(present.all()) else encoding.select(present)
        own, seen = noise.resized(rows.rows).at(key), rows.restrict(subset)
        for name in rows.values:
            having = rows.has((name,))
            if bool(having.any()):
                error[key][name] = _error(codec, posterior, seen, name, having)
                results[key][name] = held_out_result(
                    codec, posterior, seen, name, having, own, regression
                ).among(present)
    return Imputation(error, results)


def _error(codec: Codec, posterior: Inference, seen: Encoding, name: str, rows: Tensor) -> float:
    """Return the error of one generated modality in the rows that have it."""
    guess = codec.decode(name, posterior(seen).mean, style_mean(codec, seen, name)).mode[rows]
    x = seen.values[name][rows]
    unit = units(codec[name], x)
    distance = (guess - x).abs().double() / unit
    wrong = torch.where(unit.isnan(), (guess != x).double(), distance)
    return float(wrong[~x.isnan()].mean())


# -- the metric ----------------------------------------------------------------------------------


class ImputationMetric(Metric[BaseModel]):
    """Errors of generated values beside baselines, and calibration of draws."""

    uses = ("subsets", "rows", "fusion", "seed")

    def measure(self, subject: Subject) -> Measured:
        """Return tables of errors, errors of baselines, and calibration."""
        model, settings = subject.model, subject.settings
        affordable = affordable_rows(model.codec, LEAST_ROWS, ROWS, NUMBERS)
        indices = subject.test_rows(min(affordable, settings.rows))
        batch = encoded(model, subject.data.test, indices, settings.seed)
        posterior = named_posterior(model, settings.fusion)
        noise = batch.noise.at("imputation")
        rows, fitted = batch.encoding, model.regression
        imputed = impute(model.codec, posterior, rows, subject.given, noise, fitted)
        generated, continuous = (
            [name for name in model.names if any(name in by for by in numbers.values())]
            for numbers in (imputed.error, imputed.coverage)
        )
        tables = [_errors(imputed, model.names)]
        if continuous:
            tables.append(_coverage(imputed, continuous))
        observed = observed_results(model.codec, posterior, rows, noise, fitted)
        baselines = Baselines.fit(model, subject.data.train, settings.seed)
        results = {**imputed.results, OBSERVED: observed}
        compared = comparisons(model.codec, results, baselines, batch.encoding)
        tables += [*comparison_tables(compared), *calibration_tables(observed)]
        return Measured(
            tables,
            [
                *(
                    f"{name} is not compared: no held-out sample has it"
                    for name in model.names
                    if name not in generated
                ),
                *(
                    f"{name} is discrete and has no interval coverage"
                    for name in generated
                    if name not in continuous
                ),
                *worse_than_baselines(compared),
            ],
            pit_figures(observed),
            _statements(compared, model.names),
        )


def _statements(compared: Sequence[Comparison], names: Sequence[str]) -> list[Statement]:
    """Return the statements of each modality given the most: the last comparison of each."""
    last = {one.name: one for one in compared}
    return [statement for name in names if name in last for statement in last[name].statements]


def _errors(imputed: Imputation, names: Sequence[str]) -> Table:
    return Table(
        name="imputation error",
        folded=True,
        about="Mean absolute error of each element of the most likely value (for columns of tables in"
        " standard deviations), or share of wrong elements of discrete values. Only held-out records that"
        " have the given and the compared modalities count.",
        columns=tuple(Column(name=name, best="low") for name in names),
        rows={k: tuple(by.get(n) for n in names) for k, by in imputed.error.items()},
        n=_counts(imputed, names),
        topic="imputation",
    )


def _coverage(imputed: Imputation, names: Sequence[str]) -> Table:
    return Table(
        name="interval coverage",
        folded=True,
        about=f"Share of elements in an interval with nominal coverage {COVERED:.2f}: a higher share means"
        " that intervals are too wide, a lower one that they are too narrow.",
        columns=tuple(Column(name=name) for name in names),
        rows={k: tuple(by.get(n) for n in names) for k, by in imputed.coverage.items()},
        n=_counts(imputed, names),
        topic="imputation",
    )


def _counts(imputed: Imputation, names: Sequence[str]) -> dict[str, tuple[int | None, ...]]:
    return {
        given: tuple(len(by[name].crps) if name in by else None for name in names)
        for given, by in imputed.results.items()
    }
