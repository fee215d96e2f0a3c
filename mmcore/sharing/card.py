"""The card of a model: what it is, what it was trained on, what was measured, and its limits."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version

from jinja2 import Environment, PackageLoader, StrictUndefined

from mmcore.data.builtin import datasets_of
from mmcore.errors import MmcoreError
from mmcore.model import Model
from mmcore.reporting.numbers import error
from mmcore.reporting.record import EvaluationRecord, Table
from mmcore.reporting.topics import first_of_topics, ordered
from mmcore.runs.run import Run
from mmcore.terminal.escaping import shown

__all__ = ["card_of"]

KINDS = {
    "real": "real data",
    "synthetic": "**simulated data**, so that its numbers are about the method and not about the world",
    "built": "data that was **computed from published data**, and is not the published data itself",
    "sample": "the **small embedded sample**, so that its numbers show only that the program works",
}
MOST_ROWS, MOST_TABLES = 12, 10
LICENCE = re.compile(r"[a-z0-9][a-z0-9.-]{0,40}")
MARKS = re.compile(r"([\\`*_{}\[\]<>|#!&])")


@dataclass(frozen=True, slots=True)
class Figures:
    """Numbers of one table of an evaluation, as text, and why those of a row are not to be trusted."""

    name: str
    about: str
    row_label: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    others: int
    doubts: tuple[str, ...]


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
    topics = ordered(record.topics)
    first = first_of_topics(chosen, topics, MOST_TABLES)
    for table in sorted(first, key=lambda own: topics.index(own.topic)):
        names = list(table.rows)[:MOST_ROWS]
        columns = [column.name for column in table.columns]
        yield Figures(
            name=table.name,
            about=table.about,
            row_label=table.row_label,
            columns=(*columns, "n") if _has_one_count(table) else tuple(columns),
            rows=tuple(_row(table, row) for row in names),
            others=len(table.rows) - len(names),
            doubts=tuple(f"(!) {row}: {table.doubts[row]}" for row in names if row in table.doubts),
        )


def _has_one_count(table: Table) -> bool:
    """Return whether all numbers of a row have the same number of records, which is then a column."""
    return not isinstance(table.n, dict) or table.has_counts_by_row


def _row(table: Table, row: str) -> tuple[str, ...]:
    values = [
        table.text(row, place) + error(table.error(row, place), value)
        for place, value in enumerate(table.rows[row])
    ]
    counts = [table.count(row, place) for place in range(len(values))]
    texts = ["n/a" if count is None else f"{count:,}" for count in counts]
    name = f"{row} (!)" if row in table.doubts else row
    if _has_one_count(table):
        return (name, *values, texts[0])
    return (name, *(f"{v} (n = {n})" for v, n in zip(values, texts, strict=True)))
