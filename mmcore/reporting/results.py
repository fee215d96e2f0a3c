"""The evaluated runs of an experiment, and the numbers that its tables ask for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Any

from mmcore.reporting.experiment import Measure
from mmcore.reporting.record import EvaluationRecord

__all__ = ["Number", "Result", "Results"]


@dataclass(frozen=True, slots=True)
class Result:
    """One evaluated run.

    Arguments:
        model: name of the model in the experiment.
        seed: of the run.
        record: what was measured.
        run: what ``run.json`` holds.
    """

    model: str
    seed: int
    record: EvaluationRecord
    run: Mapping[str, Any]

    def value(self, measure: Measure) -> float | None:
        """Return one number of the evaluation, or None if it was not measured."""
        table, row, column = measure
        for metric in self.record.metrics.values():
            for found in metric.tables:
                names = [c.name for c in found.columns]
                if found.name == table and row in found.rows and column in names:
                    return found.rows[row][names.index(column)]
        return None


@dataclass(frozen=True, slots=True)
class Number:
    """A mean over seeds, and the standard deviation where there are several.

    Example:
        >>> Number.of([0.95, 0.97]).shown(2)
        '.96 ± .01'
    """

    mean: float
    spread: float | None = None

    @classmethod
    def of(cls, values: Sequence[float]) -> "Number":
        """Return the number of at least one value."""
        return cls(fmean(values), stdev(values) if len(values) > 1 else None)

    def rounded(self, digits: int) -> float:
        """Return the mean as it is shown."""
        return round(self.mean, digits)

    def shown(self, digits: int) -> str:
        """Return it as text."""
        spread = "" if self.spread is None else f" ± {bare(f'{self.spread:.{digits}f}')}"
        return bare(f"{self.mean:.{digits}f}") + spread


@dataclass(frozen=True, slots=True)
class Results:
    """All evaluated runs of an experiment."""

    runs: Sequence[Result]

    def number(self, model: str, measure: Measure) -> Number | None:
        """Return the mean over the seeds of a model, or None where there is no run."""
        values = [run.value(measure) for run in self.runs if run.model == model]
        known = [value for value in values if value is not None]
        return Number.of(known) if known else None

    def has(self, model: str) -> bool:
        """Return whether there is a run of the model."""
        return any(run.model == model for run in self.runs)


def bare(number: str) -> str:
    """Return a number without the zero before its point."""
    return number.replace("0.", ".", 1) if number.startswith(("0.", "-0.")) else number
