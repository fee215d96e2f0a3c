"""The description of a published experiment: models, settings and numbers; no torch is imported here."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, PositiveInt, field_validator, model_validator

from mmcore.config.base import Frozen
from mmcore.errors import nearest
from mmcore.storage.documents import read_yaml

__all__ = ["Claim", "Experiment", "ExperimentModel", "Measure", "PublishedTable", "read_experiment"]

Measure = tuple[str, str, str]
"""The place of a number in an evaluation: table, row and column."""


class ExperimentModel(Frozen):
    """A model of an experiment."""

    title: str = Field(description="name in the publication")
    method: str
    subspaces: bool = Field(description="whether it has modality-specific subspaces")
    choices: dict[str, Any] = Field(
        {}, description="settings that differ from the defaults of a run"
    )


class PublishedTable(Frozen):
    """A published table, and the places of the corresponding numbers of an evaluation."""

    title: str
    about: str = Field(description="what is measured, and whether it is comparable")
    row_label: str = "given"
    best: Literal["high", "low", "none"] = "high"
    digits: int = Field(3, description="number of decimals of our numbers")
    measures: dict[str, Measure] = Field(description="place in the evaluation, by row")
    published: dict[str, tuple[Decimal | None, ...]] = Field(
        {}, description="by model: the printed numbers of all rows, '-' for none"
    )

    @field_validator("published", mode="before")
    @classmethod
    def _split(cls, rows: Mapping[str, str]) -> dict[str, list[str | None]]:
        return {
            model: [None if n == "-" else n for n in row.split()] for model, row in rows.items()
        }

    @model_validator(mode="after")
    def _fits(self) -> "PublishedTable":
        for model, numbers in self.published.items():
            if len(numbers) != len(self.measures):
                raise ValueError(
                    f"{self.title}: {model} has {len(numbers)} numbers for {len(self.measures)} rows"
                )
        return self


class Claim(Frozen):
    """An ordering of models that a publication claims."""

    words: str
    table: str = Field(description="title of the table that holds the numbers")
    rows: tuple[str, ...]
    at_least: tuple[tuple[str, str], ...] = Field(
        description="pairs of models; the first is claimed to be at least as good as the second"
    )
    noise: float = Field(0.0, ge=0, description="largest shortfall that may be noise")


class Experiment(Frozen):
    """A published experiment, with everything that is needed to repeat it and to compare the results.

    A plug-in provides it as a component of the kind ``experiment``, by a factory that is called as
    ``factory(settings, context)``.
    """

    title: str
    reference: str
    about: str
    modalities: dict[str, str] = Field(description="kind of each modality, by name")
    samples: PositiveInt = Field(description="training samples of each published model")
    choices: dict[str, Any] = Field({}, description="settings that all models share")
    models: dict[str, ExperimentModel]
    others: dict[str, Any] | None = Field(
        None,
        description="settings of a method that is not among the models; if left out, none is accepted",
    )
    metrics: tuple[str, ...] = Field(description="metrics that are computed for each model")
    options: dict[str, dict[str, Any]] = Field(
        {}, description="options of metrics, by metric; those of the user override them"
    )
    tables: tuple[PublishedTable, ...]
    claims: tuple[Claim, ...] = ()
    departures: tuple[str, ...] = Field((), description="differences from the published settings")
    limits: tuple[str, ...] = Field((), description="limitations of the results")

    @model_validator(mode="after")
    def _names_fit(self) -> "Experiment":
        rows = {table.title: table.measures for table in self.tables}
        for table in self.tables:
            _known(table.published, self.models, f"{table.title}: model")
        for claim in self.claims:
            _known([claim.table], rows, "in a claim, the table")
            _known(claim.rows, rows[claim.table], "in a claim, the row")
            _known(
                [m for pair in claim.at_least for m in pair], self.models, "in a claim, the model"
            )
        return self

    def table(self, title: str) -> PublishedTable:
        """Return the table with the given title."""
        return next(table for table in self.tables if table.title == title)


def read_experiment(path: Path) -> Experiment:
    """Return the experiment that a YAML file describes."""
    return Experiment.model_validate(read_yaml(path))


def _known(names: Any, valid: Mapping[str, Any], where: str) -> None:
    for name in names:
        if name not in valid:
            raise ValueError(f"{where} '{name}' is unknown{nearest(name, valid)}")
