"""The end of a run: linear probes, figures, and a short table on the console."""

import json
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from mmcore.data import Data
from mmcore.inference import represent
from mmcore.model import Model
from mmcore.runs.folder import RunFolder

if TYPE_CHECKING:
    from mmcore.metrics.linear_probe import ProbeReport

__all__ = ["summarize"]

PROBE_ROWS = 5000


def summarize(model: Model, data: Data, folder: RunFolder, console: Console) -> dict[str, Any]:
    """Measure the model, draw figures, print a table, and return the content of ``summary.json``."""
    # scikit-learn and matplotlib take seconds to import, and prediction needs neither.
    from mmcore.metrics.figures import cross_generation, loss_curves, one_of_each
    from mmcore.metrics.linear_probe import probe

    console.print("linear probes ...", highlight=False)
    report = probe(
        represent(model, data.train, PROBE_ROWS), represent(model, data.test, PROBE_ROWS)
    )
    chance = round(report.chance, 4) if report.test_rows else None
    title = f"data: {data.kind}"
    cross_generation(model, one_of_each(data.test), folder.figures / "cross_generation.png", title)
    loss_curves(folder.metrics, folder.figures / "loss.png", title)
    last = json.loads(folder.metrics.read_text(encoding="utf-8").splitlines()[-1])
    if report.content:
        console.print(_table(report, data.kind))
    else:
        console.print("no linear probe: the data has no labels", highlight=False)
    for warning in report.warnings():
        console.print(f"warning: {warning}", style="yellow", highlight=False, soft_wrap=True)
    console.print(f"the files of the run are in {folder.path}", highlight=False, soft_wrap=True)
    return {
        "data": data.kind,
        "linear_probe": dict(report.content),
        "style_probe": dict(report.styles),
        "score": report.score,
        "chance": chance,
        "probe_rows": {"train": report.train_rows, "test": report.test_rows},
        "warnings": report.warnings(),
        "is_lower_bound": model.is_lower_bound,
        "last_metrics": last,
    }


def _table(report: "ProbeReport", kind: str) -> Table:
    table = Table(title=f"linear probe of the content, test {report.score} (data: {kind})")
    table.add_column("given")
    table.add_column(report.score, justify="right")
    for subset, value in report.content.items():
        table.add_row(subset.replace("+", " + "), f"{value:.3f}")
    for name, value in report.styles.items():
        table.add_row(f"style of {name} (low is good)", f"{value:.3f}", style="dim")
    table.caption = (
        f"fitted on {report.train_rows} training rows, tested on {report.test_rows}; "
        f"chance {report.chance:.3f}"
    )
    return table
