"""The section of the report on unusual records: the least likely ones, and their least likely cells."""

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd
import torch
from pydantic import BaseModel

from mmcore.config.predict import ScoreSettings
from mmcore.errors import MmcoreError
from mmcore.inference.prediction.posterior_draws import LEAST_EFFECTIVE
from mmcore.metrics.base import Measured, Metric, Subject
from mmcore.noise import derived_seed
from mmcore.reporting.record import Column, Table
from mmcore.runs.prediction.query import Query
from mmcore.runs.prediction.scoring import Reference, score
from mmcore.runs.prediction.unusual import has_densities, unusual_cells

__all__ = ["UnusualMetric"]

SHOWN, WITH_CELLS, CHECKED, SAMPLES = 10, 4, 200, 128
"""Records of the table, those whose cells are shown, held-out records that are compared, and importance
samples of each."""


class UnusualMetric(Metric[BaseModel]):
    """The least likely held-out records of a study, as ``mmcore score`` finds them."""

    uses = ("seed",)

    def measure(self, subject: Subject) -> Measured:
        """Return a table of the records, and one of the cells that make them unlikely.

        Raises:
            MmcoreError: the data is no study, or its modalities have no densities of columns.
        """
        if not subject.data.readers:
            raise MmcoreError("unusual records need a study, whose records have ids")
        model, seed = subject.model, subject.settings.seed
        query = _some(Query.of(model, subject.data, "test"), seed)
        training = Query.of(model, subject.data, "train")
        if not has_densities(training):
            raise MmcoreError(
                "unusual records need a modality that has densities of columns, such as table"
            )
        settings = ScoreSettings(samples=SAMPLES, seed=seed)
        scores = pd.concat(score(query, Reference(training, settings), settings))
        first = scores.sort_values(["percentile", "log_p"]).head(SHOWN)
        cells = unusual_cells(query, training, list(first[query.key][:WITH_CELLS]), seed)
        return Measured([_records(first, query.key, len(scores)), _cells(cells, query.key)])


def _some(query: Query, seed: int) -> Query:
    generator = torch.Generator().manual_seed(derived_seed("unusual records", seed))
    (split,) = query.splits
    chosen = torch.randperm(len(split.rows), generator=generator)[:CHECKED].sort().values
    return replace(query, splits=[replace(split, rows=split.rows[chosen])])


def _records(first: pd.DataFrame, key: str, count: int) -> Table:
    rows: dict[str, tuple[float | None, ...]] = {
        str(row[key]): (float(len(str(row["given"]).split("+"))), row["log_p"], row["percentile"])
        for row in first.to_dict("records")
    }
    few = first[first["effective_samples"] < LEAST_EFFECTIVE]
    return Table(
        name="unusual records",
        topic="records",
        about=f"The {len(first)} least likely of {count} held-out records. log p is the log density of all"
        " values of a record, in nats. The percentile is the share of training records, with values of the"
        " same modalities, that are as unlikely or less likely: 0 for a record that is less likely than all"
        " of them. About 5 of 100 usual records have a percentile below 5, or a few more,"
        " because the model fits its training records best. An unusual record may have a"
        " mistake, or be a rare case.",
        row_label=key,
        columns=tuple(Column(name=name) for name in ("modalities", "log p", "percentile")),
        rows=rows,
        doubts={
            str(
                row[key]
            ): f"effective sample size {row['effective_samples']:.1f}: log p may be too low"
            for row in few.to_dict("records")
        },
    )


def _cells(cells: pd.DataFrame, key: str) -> Table:
    return Table(
        name="cells of unusual records",
        topic="records",
        about=f"The least likely cells of the first {WITH_CELLS} of these records, at most three of each: the"
        " value, the value that the model expects from all values of the record, both in the units of the"
        " file (n/a for categories), and the log density of the cell minus the mean of its column over"
        " training records.",
        row_label=f"{key}: cell",
        columns=tuple(Column(name=name) for name in ("value", "expected", "nats")),
        rows={
            f"{row[key]}: {row['cell']}": (
                _number(row, "value"),
                _number(row, "expected"),
                row["nats"],
            )
            for row in cells.to_dict("records")
        },
    )


def _number(row: Mapping[str, object], name: str) -> float | None:
    cell = row[name]
    return float(cell) if isinstance(cell, int | float) and not pd.isna(cell) else None
