"""Measuring a finished run: every metric once, and a page that shows them."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import torch
from rich.console import Console
from rich.progress import Progress

from mmcore import __version__
from mmcore.data import Data
from mmcore.errors import MmcoreError, nearest
from mmcore.files import cache_folder, write_text
from mmcore.inference.posteriors import named_posterior
from mmcore.metrics import METRICS, Subject
from mmcore.metrics.report import write_report
from mmcore.model import Model
from mmcore.plugins import Catalogue
from mmcore.reporting.record import (
    EvaluationRecord,
    EvaluationSettings,
    MetricRecord,
    read_record,
)
from mmcore.runs.run import Run

__all__ = ["EVALUATION", "REPORT", "evaluate"]

EVALUATION, REPORT = "evaluation.json", "report.html"
REVISION = 2
"""Raise it when a metric's meaning changes, so that older numbers are not reused."""


@dataclass(frozen=True, slots=True)
class _Run:
    opened: Run
    data: Data
    sha256: str

    @property
    def model(self) -> Model:
        return self.opened.model


def evaluate(
    path: Path,
    settings: EvaluationSettings | None = None,
    metrics: Sequence[str] | None = None,
    *,
    data_dir: Path | None = None,
    accelerator: str = "cpu",
    catalogue: Catalogue | None = None,
    console: Console | None = None,
) -> EvaluationRecord:
    """Measure the run in ``path`` and write ``evaluation.json`` and ``report.html`` to it.

    A metric that was measured before, of the same model with the same settings, is not repeated. One
    that cannot be measured is left out with a reason, and the others still are.

    Arguments:
        path: folder of a finished run.
        settings: how it is measured.
        metrics: names of `METRICS`; all if left out.
        data_dir: folder of real data; where the run found it if left out.
        accelerator: where the model runs: cpu, cuda or mps.
        catalogue: where components are found; the installed plug-ins if left out.
        console: where progress is shown.

    Raises:
        MmcoreError: no finished run, other data than it was trained on, or an unknown name.
    """
    settings, console = settings or EvaluationSettings(), console or Console()
    wanted = _checked(metrics)
    run = _opened(path, data_dir, catalogue or Catalogue.discover())
    run.model.to(_device(accelerator))
    bar = _Bar(console, len(wanted))
    subject = Subject(run.model, run.data, settings, _cache(), bar.tick)
    # A wrong name is told before anything is measured.
    _ = (
        subject.given,
        [named_posterior(run.model, n) for n in (settings.fusion, *settings.proposals)],
    )
    console.print(f"data: {run.data.kind}", highlight=False)
    before = _before(path / EVALUATION)
    found = {**before, **_measured(wanted, subject, run, before, console, bar)}
    record = EvaluationRecord(
        mmcore=__version__,
        run=path.resolve().name,
        method=run.model.config.method,
        modalities=run.model.names,
        data=run.data.kind,
        data_items=run.data.items,
        model_sha256=run.sha256,
        settings=settings,
        # Numbers of another model or of other settings would mean nothing beside these.
        metrics={
            n: found[n] for n in METRICS if n in found and _is_current(n, found[n], run, settings)
        },
    )
    write_text(path / EVALUATION, record.model_dump_json(indent=1) + "\n")
    model, told = run.model.to("cpu"), run.opened.record
    write_report(record, model, run.data, told, path / REPORT, path)
    console.print(f"written: {path / EVALUATION}, {path / REPORT}", highlight=False, soft_wrap=True)
    return record


def _device(accelerator: str) -> torch.device:
    """Return the device of a name.

    Raises:
        MmcoreError: there is none of this name here.
    """
    found = [name for name in ("cuda", "mps") if getattr(torch, name).is_available()]
    if accelerator not in ("cpu", *found):
        raise MmcoreError(
            f"accelerator '{accelerator}' is not here, expected {', '.join(['cpu', *found])}"
        )
    return torch.device(accelerator)


def _cache() -> Path:
    return cache_folder() / "classifiers"


def _checked(metrics: Sequence[str] | None) -> list[str]:
    for name in metrics or ():
        if name not in METRICS:
            raise MmcoreError(
                f"unknown metric '{name}', expected some of {', '.join(METRICS)}{nearest(name, METRICS)}"
            )
    return list(metrics or METRICS)


def _opened(path: Path, data_dir: Path | None, catalogue: Catalogue) -> _Run:
    run = Run.open(path, catalogue)
    return _Run(run, run.data(data_dir), _sha256(run.files.model))


def _sha256(folder: Path) -> str:
    made = hashlib.sha256()
    for name in ("config.json", "model.safetensors"):
        made.update((folder / name).read_bytes())
    return made.hexdigest()


def _before(path: Path) -> dict[str, MetricRecord]:
    try:
        return dict(read_record(path).metrics)
    except MmcoreError:
        return {}  # none yet, or one of an older version


def _digest(name: str, run: _Run, settings: EvaluationSettings) -> str:
    used = {field: settings.model_dump()[field] for field in METRICS[name].uses}
    document = [REVISION, name, run.sha256, run.data.kind, run.data.items, used]
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()[:32]


def _is_current(name: str, found: MetricRecord, run: _Run, settings: EvaluationSettings) -> bool:
    return found.digest == _digest(name, run, settings)


class _Bar:
    """A bar over the metrics that moves within a metric, too."""

    def __init__(self, console: Console, metrics: int) -> None:
        self.progress = Progress(console=console, transient=True)
        self._task = self.progress.add_task("", total=metrics)
        self._done = -1

    def next(self, name: str) -> None:
        """Go on with the next metric."""
        self._done += 1
        self.progress.update(self._task, description=name, completed=self._done)

    def tick(self, share: float) -> None:
        """Show which share of the metric is done."""
        self.progress.update(self._task, completed=self._done + share)


def _measured(
    wanted: Sequence[str],
    subject: Subject,
    run: _Run,
    before: dict[str, MetricRecord],
    console: Console,
    bar: _Bar,
) -> dict[str, MetricRecord]:
    found = {}
    with bar.progress:
        for name in wanted:
            bar.next(name)
            if name in before and _is_current(name, before[name], run, subject.settings):
                console.print(f"{name}: unchanged, not measured again", highlight=False)
            else:
                found[name] = _one(name, subject, _digest(name, run, subject.settings))
                told = f"{name}: {found[name].seconds:.0f} s"
                console.print(
                    "; ".join([told, *found[name].left_out]), highlight=False, soft_wrap=True
                )
    return found


def _one(name: str, subject: Subject, digest: str) -> MetricRecord:
    started = perf_counter()
    try:
        measured = METRICS[name].measure(subject)
        tables, left_out = tuple(measured.tables), tuple(measured.left_out)
    except MmcoreError as error:
        tables, left_out = (), (str(error),)
    seconds = round(perf_counter() - started, 1)
    return MetricRecord(digest=digest, seconds=seconds, tables=tables, left_out=left_out)
