"""Imputation: errors of generated values, and coverage of their intervals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from pydantic import BaseModel
from torch import Tensor

from mmcore.codec import Codec
from mmcore.encoding import Encoding, Inference
from mmcore.inference.batches import encoded
from mmcore.inference.intervals import CentralInterval
from mmcore.inference.posteriors import named_posterior
from mmcore.inference.predictive import likelihood_draws, style_mean, units
from mmcore.inference.subsets import subset_name
from mmcore.metrics.base import Measured, Metric, Subject
from mmcore.noise import Noise
from mmcore.reporting.record import Column, Table

__all__ = ["COVERED", "Imputation", "ImputationMetric", "impute"]

ROWS = 200
DRAWS, COVERED = 39, 0.9
"""With 39 draws, the interval that covers .9 extends from the 2nd to the 38th draw."""

ByTarget = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Imputation:
    """Errors and coverage by given subset and generated modality.

    Missing elements, NaN, do not count, nor do rows that lack the generated or a given modality. A
    modality that no row has is left out.

    Arguments:
        error: mean absolute error of each element of continuous values, in `Modality.unit`, and share of
            wrong elements of discrete ones, for the most likely value at the mean of content and style.
        coverage: share of elements of continuous values in the interval.
    """

    error: ByTarget
    coverage: ByTarget


@torch.no_grad()
def impute(
    codec: Codec,
    posterior: Inference,
    encoding: Encoding,
    given: Sequence[tuple[str, ...]],
    noise: Noise,
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
    """
    error: dict[str, dict[str, float]] = {}
    coverage: dict[str, dict[str, float]] = {}
    for subset in given:
        present, key = encoding.has(subset), subset_name(subset)
        error[key], coverage[key] = {}, {}
        if not bool(present.any()):
            continue
        rows = encoding if bool(present.all()) else encoding.select(present)
        own = noise.resized(rows.rows).at(key)
        for name in rows.values:
            if bool(rows.has((name,)).any()):
                compared = _compare(codec, posterior, rows, subset, name, own)
                error[key][name] = compared[0]
                if compared[1] is not None:
                    coverage[key][name] = compared[1]
    return Imputation(error, coverage)


def _compare(
    codec: Codec,
    posterior: Inference,
    encoding: Encoding,
    subset: tuple[str, ...],
    name: str,
    noise: Noise,
) -> tuple[float, float | None]:
    """Return the error of one generated modality, and its coverage if it is continuous."""
    seen, rows, x = encoding.restrict(subset), encoding.has((name,)), encoding.values[name]
    unit = units(codec[name], x)
    guess = codec.decode(name, posterior(seen).mean, style_mean(codec, seen, name)).mode
    error = _error(guess[rows], x[rows], unit)
    if bool(unit.isnan().all()):
        return error, None
    interval = CentralInterval(DRAWS, COVERED)
    for likelihood in likelihood_draws(codec, posterior, seen, name, DRAWS, noise):
        interval.add(likelihood.sample())
    low, high = interval.bounds()
    within = ((low <= x) & (x <= high))[rows]
    counted = ~x[rows].isnan() & ~unit.isnan().expand_as(x[rows])
    return error, float(within[counted].double().mean())


def _error(guess: Tensor, x: Tensor, unit: Tensor) -> float:
    distance = (guess - x).abs().double() / unit
    wrong = torch.where(unit.isnan(), (guess != x).double(), distance)
    return float(wrong[~x.isnan()].mean())


# -- the metric ----------------------------------------------------------------------------------


class ImputationMetric(Metric[BaseModel]):
    """Errors of generated values and coverage of intervals."""

    uses = ("subsets", "rows", "fusion", "seed")

    def measure(self, subject: Subject) -> Measured:
        """Return a table of errors and, for continuous modalities, a table of coverage."""
        model, settings = subject.model, subject.settings
        indices = subject.test_rows(min(ROWS, settings.rows))
        batch = encoded(model, subject.data.test, indices, settings.seed)
        posterior = named_posterior(model, settings.fusion)
        noise = batch.noise.at("imputation")
        imputed = impute(model.codec, posterior, batch.encoding, subject.given, noise)
        compared, continuous = (
            [name for name in model.names if any(name in by for by in numbers.values())]
            for numbers in (imputed.error, imputed.coverage)
        )
        tables = [_errors(imputed.error, model.names, len(indices))]
        if continuous:
            tables.append(_coverage(imputed.coverage, continuous))
        return Measured(
            tables,
            [
                *(
                    f"{name} is not compared: no held-out sample has it"
                    for name in model.names
                    if name not in compared
                ),
                *(
                    f"{name} is discrete and has no interval coverage"
                    for name in compared
                    if name not in continuous
                ),
            ],
        )


def _errors(error: ByTarget, names: Sequence[str], rows: int) -> Table:
    return Table(
        name="imputation error",
        about=f"{rows} held-out samples; mean absolute error of each element of the most likely value"
        " (for columns of tables in standard deviations), or share of wrong elements of discrete values."
        " Only rows that have the given and the compared modalities count.",
        columns=tuple(Column(name=name, best="low") for name in names),
        rows={k: tuple(by.get(n) for n in names) for k, by in error.items()},
    )


def _coverage(coverage: ByTarget, names: Sequence[str]) -> Table:
    return Table(
        name="interval coverage",
        about=f"Share of elements in an interval with nominal coverage {COVERED:.2f}: a higher share means"
        " that intervals are too wide, a lower one that they are too narrow.",
        columns=tuple(Column(name=name) for name in names),
        rows={k: tuple(by.get(n) for n in names) for k, by in coverage.items()},
    )
