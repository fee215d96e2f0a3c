"""``report.html``: a self-contained page with all tables and figures of an evaluation."""

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmcore.data import Data
from mmcore.metrics.figures import figures as draw_figures
from mmcore.model import Model
from mmcore.reporting.pages import render
from mmcore.reporting.record import EvaluationRecord, Table
from mmcore.storage.files import write_text

__all__ = ["headline", "page", "write_report"]

MOST = 4
"""Number of tables in the headline."""
SHOWN_FIRST = ("linear probe", "coherence", "exact reading", "random coherence")


def write_report(
    record: EvaluationRecord,
    model: Model,
    data: Data,
    run: Mapping[str, Any],
    path: Path,
    folder: Path,
) -> None:
    """Draw the figures and write the page.

    Arguments:
        record: the evaluation.
        model: the model, for figures.
        data: its data, for figures.
        run: the content of ``run.json``.
        path: file of the page.
        folder: folder of the run; figures are written to ``figures`` in it.
    """
    figures = draw_figures(model, data, folder / "figures", record.settings.seed)
    loss = folder / "figures" / "loss.png"
    shown = {**figures, **({"The loss terms over the steps": loss} if loss.is_file() else {})}
    text = page(record, run, {title: _uri(file) for title, file in shown.items()})
    write_text(path, text)


def page(record: EvaluationRecord, run: Mapping[str, Any], figures: Mapping[str, str]) -> str:
    """Return the page; ``figures`` are data URIs by title."""
    return render(
        "report.html.j2",
        record=record,
        run=run,
        figures=figures,
        headline=headline(record),
        tables=[table for metric in record.metrics.values() for table in metric.tables],
        left_out=[text for metric in record.metrics.values() for text in metric.left_out],
    )


def headline(record: EvaluationRecord) -> list[Table]:
    """Return the tables that the page shows first."""
    every = {t.name: t for metric in record.metrics.values() for t in metric.tables}
    return [every[name] for name in SHOWN_FIRST if name in every][:MOST]


def _uri(file: Path) -> str:
    return "data:image/png;base64," + base64.b64encode(file.read_bytes()).decode()
