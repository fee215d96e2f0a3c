"""``report.html``: a self-contained page with the findings, tables and figures of an evaluation."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmcore.reporting.commands import reproduction
from mmcore.reporting.images import Image
from mmcore.reporting.pages import render
from mmcore.reporting.record import EvaluationRecord, FigureRecord, MetricRecord, Table
from mmcore.reporting.topics import HEADINGS, TECHNICAL, Topic, first_of_topics, ordered
from mmcore.storage.files import write_text

__all__ = ["page", "write_report"]

SENTENCES = 3


@dataclass(frozen=True, slots=True)
class _Section:
    """The content of the page under a heading."""

    topic: Topic
    tables: list[Table]
    figures: list[FigureRecord]

    @property
    def heading(self) -> str:
        return HEADINGS[self.topic]

    @property
    def is_technical(self) -> bool:
        return self.topic in TECHNICAL

    @property
    def is_empty(self) -> bool:
        return not self.tables and not self.figures


def write_report(
    record: EvaluationRecord, run: Mapping[str, Any], path: Path, figures: Path
) -> None:
    """Write the page.

    Arguments:
        record: the evaluation.
        run: the content of ``run.json``.
        path: file of the page.
        figures: folder of the figures.
    """
    files = {one.name: figures / f"{one.name}.png" for one in _figures(record)}
    images = {name: Image(file.read_bytes()) for name, file in files.items() if file.is_file()}
    write_text(path, page(record, run, images))


def page(record: EvaluationRecord, run: Mapping[str, Any], images: Mapping[str, Image]) -> str:
    """Return the page; ``images`` are the figures by their name."""
    topics = ordered(record.topics)
    statements = [one for metric in record.metrics.values() for one in metric.statements]
    left_out = [text for name, metric in record.metrics.items() for text in _left_out(name, metric)]
    left_out += [
        f"the figure '{one.title}' is not in the folder of the run; evaluate the run again"
        for one in _figures(record)
        if one.name not in images
    ]
    return render(
        "report.html.j2",
        record=record,
        run=run,
        images=images,
        about=_about(record, run),
        findings=[s.sentence for s in first_of_topics(statements, topics, SENTENCES)],
        sections=_sections(record, topics, images),
        left_out=left_out,
        commands=reproduction(record),
    )


def _left_out(name: str, metric: MetricRecord) -> list[str]:
    """Return what a metric has not measured, and its warnings, with its name."""
    first = f"{name}:" if metric.has_results else f"{name}: not measured;"
    return [f"{first} {text}" for text in metric.left_out]


def _about(record: EvaluationRecord, run: Mapping[str, Any]) -> str:
    """Return what the run is, in a sentence."""
    names = record.modalities
    count = "1 modality" if len(names) == 1 else f"{len(names)} modalities"
    training = run.get("training", {})
    steps = f", trained for {training['steps']:,} steps" if training.get("steps") else ""
    written = f", mmcore {record.mmcore}"
    return f"A model of {count}, {', '.join(names)}; method {record.method}{steps}{written}."


def _sections(
    record: EvaluationRecord, topics: tuple[Topic, ...], images: Mapping[str, Image]
) -> list[_Section]:
    tables = [table for metric in record.metrics.values() for table in metric.tables]
    figures = [figure for figure in _figures(record) if figure.name in images]
    sections = [
        _Section(
            topic,
            # Those that are folded come last.
            sorted((t for t in tables if t.topic == topic), key=lambda table: table.folded),
            [figure for figure in figures if figure.topic == topic],
        )
        for topic in topics
    ]
    # The table of the items belongs to the overview, which is therefore never empty.
    return [one for one in sections if one.topic == "overview" or not one.is_empty]


def _figures(record: EvaluationRecord) -> list[FigureRecord]:
    own = [figure for metric in record.metrics.values() for figure in metric.figures]
    return [*own, *record.figures]
