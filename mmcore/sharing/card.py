"""The card of a model: what it is, what it was trained on, what was measured, and its limits."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version

from jinja2 import Environment, PackageLoader, StrictUndefined

from mmcore.data.builtin import datasets_of
from mmcore.errors import MmcoreError
from mmcore.model import Model
from mmcore.reporting.numbers import error, number
from mmcore.reporting.record import EvaluationRecord, Table
from mmcore.runs.run import Run
from mmcore.terminal.escaping import shown

__all__ = ["card_of"]

KINDS = {
    "real": "real data",
    "synthetic": "**simulated data**, so that its numbers are about the method and not about the world",
    "built": "data that was **computed from published data**, and is not the published data itself",
    "sample": "the **small embedded sample**, so that its numbers show only that the program works",
}
MOST_ROWS, MOST_TABLES = 12, 6
LICENCE = re.compile(r"[a-z0-9][a-z0-9.-]{0,40}")
MARKS = re.compile(r"([\\`*_{}\[\]<>|#!&])")


@dataclass(frozen=True, slots=True)
class Figures:
    """Numbers of one table of an evaluation, as text."""

    name: str
    about: str
    row_label: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    others: int


def card_of(model: Model, name: str, licence: str | None = None, run: Run | None = None) -> str:
    """Return the card of a model in Markdown, with the header that the Hub reads.

    It has no paths, no ids of records, and no values of the data.

    Arguments:
        model: the model.
        name: ``owner/name`` on the Hub.
        licence: of the model, such as ``cc-by-4.0``.
        run: the run that trained it; without it there is nothing on data and figures.

    Raises:
        MmcoreError: the licence is no short name.
    """
    if licence is not None and not LICENCE.fullmatch(licence):
        raise MmcoreError(
            f"the licence is '{licence}', expected the short name of one, such as apache-2.0 or cc-by-4.0"
        )
    evaluation = None if run is None else run.evaluation
    environment = Environment(
        loader=PackageLoader("mmcore.sharing"), undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters["plain"] = plain
    return environment.get_template("card.md.j2").render(
        name=name,
        licence=licence,
        model=model,
        kinds={n: m.kind for n, m in model.config.modalities.items()},
        settings=model.config,
        data=None if run is None else KINDS[run.record["data"]],
        items={} if run is None else run.record["data_items"],
        seed=None if run is None else run.record["seed"],
        steps=None if run is None else run.config.training.steps,
        data_licences=[] if run is None else _licences(model),
        figures=[] if evaluation is None else list(_figures(evaluation)),
        version=version("mmcore"),
    )


def plain(text: str) -> str:
    """Return a text of users or files so that it has no effect as Markdown or HTML."""
    return MARKS.sub(r"\\\1", shown(text).replace("\n", " "))


def _licences(model: Model) -> list[str]:
    """Return the licences of built-in data sets; a study has none that is known."""
    try:
        datasets = datasets_of(model.config.modalities, model.context.catalogue)
    except MmcoreError:
        return []
    return list(dict.fromkeys(d.license for d in datasets.values() if d.license))


def _figures(record: EvaluationRecord) -> Iterator[Figures]:
    # Tables about records have their ids and values.
    tables = [t for m in record.metrics.values() for t in m.tables if t.topic != "records"]
    chosen = [table for table in tables if table.rows and not table.folded]
    for table in chosen[:MOST_TABLES]:
        rows = tuple(_row(table, row) for row in list(table.rows)[:MOST_ROWS])
        columns = tuple(column.name for column in table.columns)
        others = max(0, len(table.rows) - MOST_ROWS)
        yield Figures(table.name, table.about, table.row_label, columns, rows, others)


def _row(table: Table, row: str) -> tuple[str, ...]:
    values = [
        number(value) + error(table.error(row, place), value)
        for place, value in enumerate(table.rows[row])
    ]
    count = table.count(row, 0)
    return (row, *values, "n/a" if count is None else f"{count:,}")
