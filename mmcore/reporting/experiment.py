"""A published experiment as data: its models, its settings and its numbers; no torch is imported here."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import Field, PositiveInt, field_validator, model_validator

from mmcore.config.base import Frozen
from mmcore.errors import nearest

__all__ = ["Claim", "Experiment", "ExperimentModel", "Measure", "PublishedTable", "read_experiment"]

Measure = tuple[str, str, str]
"""Where a number stands in an evaluation: table, row and column."""


class ExperimentModel(Frozen):
    """A model of an experiment."""

    title: str = Field(description="as the publication names it")
    method: str
    subspaces: bool = Field(description="whether it has modality-specific subspaces")
    choices: dict[str, Any] = Field({}, description="what differs from the defaults of a run")


class PublishedTable(Frozen):
    """Numbers that a publication gives, and where ours stand."""

    title: str
    about: str = Field(description="what is measured, and what may be compared")
    row_label: str = "given"
    best: Literal["high", "low", "none"] = "high"
    digits: int = Field(3, description="of our numbers, after the point")
    measures: dict[str, Measure] = Field(description="by row")
    published: dict[str, tuple[Decimal | None, ...]] = Field(
        {}, description="by model, a number for each measure as printed; '-' where there is none"
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
    """An ordering that a publication states in words."""

    words: str
    table: str = Field(description="title of the table that holds the numbers")
    rows: tuple[str, ...]
    at_least: tuple[tuple[str, str], ...] = Field(
        description="pairs of models; the first is said to be at or above the second"
    )
    noise: float = Field(0.0, ge=0, description="a smaller shortfall is not told from noise")


class Experiment(Frozen):
    """Everything that is needed to repeat a published experiment and to set ours beside it.

    A plug-in offers one as a component of the kind ``experiment``; its factory is called with nothing.
    """

    title: str
    reference: str
    about: str
    modalities: dict[str, str] = Field(description="kinds by name")
    samples: PositiveInt = Field(description="training samples of each published model")
    choices: dict[str, Any] = Field({}, description="settings that all models share")
    models: dict[str, ExperimentModel]
    metrics: tuple[str, ...] = Field(description="what is measured of each model")
    tables: tuple[PublishedTable, ...]
    claims: tuple[Claim, ...] = ()
    departures: tuple[str, ...] = Field((), description="where settings are not the published ones")
    limits: tuple[str, ...] = Field((), description="what the numbers do not show")

    @model_validator(mode="after")
    def _names_fit(self) -> "Experiment":
        rows = {table.title: table.measures for table in self.tables}
        for table in self.tables:
            _known(table.published, self.models, f"{table.title}: model")
        for claim in self.claims:
            _known([claim.table], rows, "a claim names the table")
            _known(claim.rows, rows[claim.table], "a claim names the row")
            _known([m for pair in claim.at_least for m in pair], self.models, "a claim names")
        return self

    def table(self, title: str) -> PublishedTable:
        """Return the table of this title."""
        return next(table for table in self.tables if table.title == title)


def read_experiment(path: Path) -> Experiment:
    """Return the experiment in a YAML file of a plug-in."""
    return Experiment.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))


def _known(names: Any, valid: Mapping[str, Any], where: str) -> None:
    for name in names:
        if name not in valid:
            raise ValueError(f"{where} '{name}' is unknown{nearest(name, valid)}")
