"""The schema of ``evaluation.json``."""

from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from mmcore.config.base import DataKind, Frozen
from mmcore.config.evaluation import EvaluationSettings
from mmcore.errors import MmcoreError
from mmcore.reporting.numbers import number
from mmcore.reporting.statements import Statement
from mmcore.reporting.topics import Topic
from mmcore.storage.schemas import read_document

__all__ = [
    "Column",
    "EvaluationRecord",
    "FigureRecord",
    "MetricRecord",
    "Table",
    "read_record",
]


class Column(Frozen):
    """A column of a table; ``best`` is the better end of its values."""

    name: str
    best: Literal["high", "low", "none"] = "none"


class Table(Frozen):
    """Numbers by row and column."""

    name: str = Field(description="unique in the record")
    about: str = Field(description="what is measured, and how")
    topic: Topic = Field("other", description="under which the report shows it")
    row_label: str = "given"
    columns: tuple[Column, ...]
    rows: dict[str, tuple[float | None, ...]] = Field(description="None: does not apply")
    errors: dict[str, tuple[float | None, ...]] = Field(
        {}, description="standard errors of the numbers, by row as these; None: not known"
    )
    n: int | dict[str, tuple[int | None, ...]] | None = Field(
        None,
        description="number of records behind each number: the same for all, or by row as ``rows``",
    )
    doubts: dict[str, str] = Field({}, description="why the numbers of a row are not to be trusted")
    folded: bool = Field(
        False, description="whether the report folds it, such as numbers that a figure shows"
    )
    along_rows: bool = Field(
        False, description="whether the best value is that of a row, not of a column"
    )

    groups: dict[str, int] = Field(
        {},
        description="rows of one group are of the same records, and the best of a column is the best of its"
        " group; empty: all rows are",
    )

    def error(self, row: str, column: int) -> float | None:
        """Return the standard error of a number, or None if it is not known."""
        return self.errors[row][column] if row in self.errors else None

    def text(self, row: str, column: int) -> str:
        """Return a number as text, without decimals if its column has counts."""
        value = self.rows[row][column]
        known = [own[column] for own in self.rows.values() if own[column] is not None]
        counted = all(float(one).is_integer() for one in known if one is not None)
        # Scores that happen to be 0 or 1 are no counts.
        if value is not None and counted and self.columns[column].best == "none":
            return f"{value:,.0f}"
        return number(value)

    def count(self, row: str, column: int) -> int | None:
        """Return the number of records behind a number, or None if it is not known."""
        if isinstance(self.n, dict):
            return self.n[row][column] if row in self.n else None
        return self.n

    @property
    def has_counts_by_row(self) -> bool:
        """Whether the numbers of each row have the same number of records, which is not that of all rows."""
        return isinstance(self.n, dict) and all(len(set(own)) == 1 for own in self.n.values())

    def is_best(self, row: str, column: int) -> bool:
        """Return whether a number is the best of its column, or row; reference rows do not count."""
        end, value = self.columns[column].best, self.rows[row][column]
        if end == "none" or value is None or _is_reference(row):
            return False
        rivals = self.rows[row] if self.along_rows else self._competing(column, row)
        known = [rival for rival in rivals if rival is not None]
        distinct = len(set(known)) > 1  # where all are equal, none is better
        return distinct and value == (max(known) if end == "high" else min(known))

    def _competing(self, column: int, row: str) -> list[float | None]:
        return [
            values[column]
            for other, values in self.rows.items()
            if not _is_reference(other) and self.groups.get(other) == self.groups.get(row)
        ]


class FigureRecord(Frozen):
    """A figure in a file ``figures/NAME.png`` of the run."""

    name: str = Field(
        pattern=r"""^[^./\\:*?"<>|\x00-\x1f]+$""",
        description="name of the file without its suffix, unique in the record",
    )
    title: str
    about: str = Field(description="what is drawn, from how many records, and how it is read")
    alt: str = Field(description="what a reader sees in it, for readers who cannot see it")
    topic: Topic = Field("other", description="under which the report shows it")


class MetricRecord(Frozen):
    """The result of a metric."""

    digest: str = Field(description="hash of model, data and settings; not repeated if it is equal")
    settings: dict[str, Any] = Field({}, description="options of the metric")
    seconds: float
    tables: tuple[Table, ...]
    figures: tuple[FigureRecord, ...] = ()
    statements: tuple[Statement, ...] = ()
    left_out: tuple[str, ...] = Field((), description="what could not be measured, and warnings")

    @property
    def has_results(self) -> bool:
        """Whether anything was measured."""
        return bool(self.tables or self.figures or self.statements)

    @property
    def outcome(self) -> str:
        """The seconds that it took, or that it was not measured, and what was left out."""
        first = f"{self.seconds:.0f} s" if self.has_results else "not measured"
        return "; ".join([first, *self.left_out])


class EvaluationRecord(Frozen):
    """The evaluation of a run."""

    format: Literal[2] = 2
    mmcore: str
    run: str
    method: str
    modalities: tuple[str, ...]
    data: DataKind
    data_items: dict[str, dict[str, int]]
    data_files: dict[str, str] = Field({}, description="hashes of the files of a study, by name")
    data_samples: dict[str, str] = Field(
        {}, description="hashes of ids, masks and items by description, such as 'the test ids'"
    )
    model_sha256: str
    settings: EvaluationSettings
    topics: tuple[Topic, ...] = Field((), description="topics that the report shows first")
    metrics: dict[str, MetricRecord]
    figures: tuple[FigureRecord, ...] = Field((), description="figures of no metric")


def read_record(path: Path) -> EvaluationRecord:
    """Return the record in a file.

    Raises:
        MmcoreError: the file does not exist, or is not valid.
    """
    if not path.is_file():
        raise MmcoreError(
            f"'{path.parent}' has not been evaluated: it contains no {path.name}; run"
            f" mmcore evaluate {path.parent}"
        )
    try:
        return read_document(path, EvaluationRecord)
    except MmcoreError as error:
        raise MmcoreError(f"{error}; delete it and evaluate again") from error


def _is_reference(row: str) -> bool:
    return row.startswith("(")
