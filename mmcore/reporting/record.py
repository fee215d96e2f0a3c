"""``evaluation.json``: what it holds, as a schema."""

from pathlib import Path
from typing import Literal

from pydantic import Field, PositiveInt, ValidationError

from mmcore.config.base import Frozen
from mmcore.config.validation import sentence
from mmcore.errors import MmcoreError

__all__ = [
    "Column",
    "EvaluationRecord",
    "EvaluationSettings",
    "MetricRecord",
    "Table",
    "read_record",
]


class EvaluationSettings(Frozen):
    """How a model is measured."""

    subsets: tuple[str, ...] | None = Field(
        None, description="given subsets, as 'a+b'; default all"
    )
    rows: PositiveInt = Field(2000, description="held-out samples that are measured")
    probe_rows: PositiveInt = Field(5000, description="training samples that probes are fitted on")
    samples: PositiveInt = Field(512, description="importance samples for each data point")
    likelihood_rows: PositiveInt | None = Field(
        None, description="data points of the likelihood; default 200, fewer where values are wide"
    )
    fusion: str = Field("generation", description="fusion of a subset's experts for generation")
    proposals: tuple[str, ...] = Field(
        ("inference", "mixture"), min_length=1, description="fusions that the likelihood draws from"
    )
    precision: Literal["32-true", "bf16-mixed"] = Field(
        "32-true", description="in which the likelihood decodes; bf16-mixed is faster"
    )
    seed: int = Field(0, ge=0)


class Column(Frozen):
    """A column of a table, and which end of it is good."""

    name: str
    best: Literal["high", "low", "none"] = "none"


class Table(Frozen):
    """Numbers by row and column; every number of an evaluation stands in one."""

    name: str = Field(description="unique in the record")
    about: str = Field(description="what is measured, and how, in a sentence or two")
    row_label: str = "given"
    columns: tuple[Column, ...]
    rows: dict[str, tuple[float | None, ...]] = Field(description="None: it does not apply")
    along_rows: bool = Field(False, description="whether values compete along a row, not a column")

    def is_best(self, row: str, column: int) -> bool:
        """Return whether the number is the best of those it competes with, references aside."""
        end, value = self.columns[column].best, self.rows[row][column]
        if end == "none" or value is None or _is_reference(row):
            return False
        rivals = self.rows[row] if self.along_rows else self._competing(column)
        known = [rival for rival in rivals if rival is not None]
        return len(known) > 1 and value == (max(known) if end == "high" else min(known))

    def _competing(self, column: int) -> list[float | None]:
        return [values[column] for row, values in self.rows.items() if not _is_reference(row)]


class MetricRecord(Frozen):
    """What one metric found."""

    digest: str = Field(description="hash of model, data and settings; equal ones are not repeated")
    seconds: float
    tables: tuple[Table, ...]
    left_out: tuple[str, ...] = Field((), description="what could not be measured, and why")


class EvaluationRecord(Frozen):
    """Everything that was measured of one run."""

    format: Literal[1] = 1
    mmcore: str
    run: str
    method: str
    modalities: tuple[str, ...]
    data: Literal["real", "sample"]
    data_items: dict[str, dict[str, int]]
    model_sha256: str
    settings: EvaluationSettings
    metrics: dict[str, MetricRecord]


def read_record(path: Path) -> EvaluationRecord:
    """Return the record in a file.

    Raises:
        MmcoreError: there is none, or it is not valid.
    """
    if not path.is_file():
        raise MmcoreError(
            f"'{path.parent}' has not been evaluated, expected {path.name} in it; run"
            f" mmcore evaluate {path.parent}"
        )
    try:
        return EvaluationRecord.model_validate_json(path.read_text(encoding="utf-8"))
    except ValidationError as error:
        told = sentence(error, EvaluationRecord, f"'{path}'")
        raise MmcoreError(f"{told}; delete it and evaluate again") from error


def _is_reference(row: str) -> bool:
    return row.startswith("(")
