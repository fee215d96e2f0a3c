"""The evaluated runs of an experiment, and their numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Any

from mmcore.reporting.experiment import Measure
from mmcore.reporting.record import EvaluationRecord

__all__ = ["Number", "Result", "Results"]


@dataclass(frozen=True, slots=True)
class Result:
    """An evaluated run.

    Arguments:
        model: name of the model in the experiment.
        seed: seed of the run.
        record: evaluation of the run.
        run: content of ``run.json``.
    """

    model: str
    seed: int
    record: EvaluationRecord
    run: Mapping[str, Any]

    def value(self, measure: Measure) -> float | None:
        """Return a number of the evaluation, or None if it was not measured."""
        table, row, column = measure
        for metric in self.record.metrics.values():
            for candidate in metric.tables:
                names = [c.name for c in candidate.columns]
                if candidate.name == table and row in candidate.rows and column in names:
                    return candidate.rows[row][names.index(column)]
        return None


@dataclass(frozen=True, slots=True)
class Number:
    """The mean of a number over seeds, and its standard deviation if there are several seeds.

    Example:
        >>> Number.of([0.95, 0.97]).shown(2)
        '.96 ± .01'
    """

    mean: float
    spread: float | None = None

    @classmethod
    def of(cls, values: Sequence[float]) -> "Number":
        """Return mean and standard deviation of one or more values."""
        return cls(fmean(values), stdev(values) if len(values) > 1 else None)

    def rounded(self, digits: int) -> float:
        """Return the mean, rounded to ``digits`` decimals."""
        return round(self.mean, digits)

    def shown(self, digits: int) -> str:
        """Return mean and standard deviation as text."""
        spread = "" if self.spread is None else f" ± {bare(f'{self.spread:.{digits}f}')}"
        return bare(f"{self.mean:.{digits}f}") + spread


@dataclass(frozen=True, slots=True)
class Results:
    """All evaluated runs of an experiment."""

    runs: Sequence[Result]

    def number(self, model: str, measure: Measure) -> Number | None:
        """Return the mean over the seeds of a model, or None if there is no run with this number."""
        values = [run.value(measure) for run in self.runs if run.model == model]
        known = [value for value in values if value is not None]
        return Number.of(known) if known else None

    def has(self, model: str) -> bool:
        """Return whether the model has a run."""
        return any(run.model == model for run in self.runs)


def bare(number: str) -> str:
    """Return a number without the zero before its decimal point."""
    return number.replace("0.", ".", 1) if number.startswith(("0.", "-0.")) else number
