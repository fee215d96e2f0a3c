"""The end of a run: linear probes, figures, and a short table on the console."""

from math import nan
from typing import TYPE_CHECKING, Any

from mmcore.data import Data
from mmcore.inference import represent
from mmcore.model import Model
from mmcore.runs.folder.files import RunFolder
from mmcore.storage.schemas import read_metrics
from mmcore.terminal.escaping import command
from mmcore.terminal.printing import Console, grid, literal

if TYPE_CHECKING:
    from mmcore.metrics.representation.linear_probe import ProbeReport

__all__ = ["summarize"]

PROBE_ROWS = 5000


def summarize(model: Model, data: Data, folder: RunFolder, console: Console) -> dict[str, Any]:
    """Measure the model, draw figures, print a table, and return the content of ``summary.json``."""
    # scikit-learn and matplotlib take seconds to import, and prediction needs neither.
    from mmcore.metrics.figures.loss_curves import loss_curves
    from mmcore.metrics.figures.pictures import cross_generation, one_of_each
    from mmcore.metrics.representation.linear_probe import comparable, probe

    console.print("linear probes ...")
    report = probe(
        represent(model, data.train, PROBE_ROWS),
        comparable(represent(model, data.test, PROBE_ROWS)),
    )
    chance = round(report.chance, 4) if report.test_rows else None
    title = f"data: {data.kind}"
    lines = read_metrics(folder.metrics)
    drawings = {
        "cross_generation": cross_generation(model, one_of_each(data.test), title),
        "loss": loss_curves(lines, title),
    }
    folder.figures.mkdir(exist_ok=True)
    for name, drawing in drawings.items():
        if drawing is not None:
            drawing.savefig(folder.figures / f"{name}.png", dpi=120)
    if report.content:
        _show(report, data.kind, console)
    else:
        console.print("no linear probe: the data has no labels")
    for warning in report.warnings():
        console.print(f"warning: {warning}", "yellow")
    console.print(f"written: {folder.path}; next: " + command("mmcore", "evaluate", folder.path))
    return {
        "data": data.kind,
        "linear_probe": dict(report.content),
        "style_probe": dict(report.styles),
        "score": report.score,
        "chance": chance,
        "probe_rows": {"train": report.train_rows, "test": report.test_rows},
        "warnings": report.warnings(),
        "is_lower_bound": model.is_lower_bound,
        "last_metrics": lines[-1] if lines else {},
    }


def _show(report: "ProbeReport", kind: str, console: Console) -> None:
    rows = [
        (
            literal(subset.replace("+", " + ")),
            literal(f"{value:.3f}"),
            literal("{:.3f} to {:.3f}".format(*(report.interval(subset) or (nan, nan)))),
            literal(f"{report.counts[subset]}"),
        )
        for subset, value in report.content.items()
    ]
    rows += [
        (
            literal(f"style of {name} (low is good)", "dim"),
            literal(f"{value:.3f}", "dim"),
            literal(""),
            literal(""),
        )
        for name, value in report.styles.items()
    ]
    title = f"linear probe of the content, test {report.score} (data: {kind})"
    header = (report.score, "95 % interval", "n")
    console.print(grid(("given", *header), rows, title=title, right=header))
    console.print(
        f"fitted on {report.train_rows} training rows, tested on {report.test_rows}; chance"
        f" {report.chance:.3f}"
    )
