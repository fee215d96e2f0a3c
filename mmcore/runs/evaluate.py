"""Measuring a finished run: every metric once, and a page that shows them."""

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from rich.console import Console
from rich.progress import Progress

from mmcore.config import RunConfig
from mmcore.data import OpenedData, open_data
from mmcore.errors import MmcoreError, nearest
from mmcore.evaluation.fusions import named_fusion
from mmcore.evaluation.metrics import METRICS, Subject
from mmcore.evaluation.report import write_report
from mmcore.model import Model
from mmcore.plugins import Catalogue
from mmcore.reporting.record import (
    EvaluationRecord,
    EvaluationSettings,
    MetricRecord,
    read_record,
)
from mmcore.runs.folder import RunFolder, read_config, write_whole
from mmcore.runs.job import datasets_of
from mmcore.version import __version__

__all__ = ["EVALUATION", "REPORT", "evaluate"]

EVALUATION, REPORT = "evaluation.json", "report.html"
REVISION = 1
"""Raise it when a metric's meaning changes, so that older numbers are not reused."""


@dataclass(frozen=True, slots=True)
class _Run:
    folder: RunFolder
    config: RunConfig
    record: dict[str, Any]
    model: Model
    data: OpenedData
    sha256: str


def evaluate(
    path: Path,
    settings: EvaluationSettings | None = None,
    metrics: Sequence[str] | None = None,
    *,
    data_dir: Path | None = None,
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
        catalogue: where components are found; the installed plug-ins if left out.
        console: where progress is shown.

    Raises:
        MmcoreError: no finished run, other data than it was trained on, or an unknown name.
    """
    settings, console = settings or EvaluationSettings(), console or Console()
    wanted = _checked(metrics)
    run = _opened(path, data_dir, catalogue or Catalogue.discover())
    subject = Subject(run.model, run.data, settings, _cache())
    # A wrong --subsets or --fusion is told before anything is measured.
    _ = subject.given, named_fusion(run.model, settings.fusion)
    console.print(f"data: {run.data.kind}", highlight=False)
    before = _before(path / EVALUATION)
    found = {**before, **_measured(wanted, subject, run, before, console)}
    record = EvaluationRecord(
        mmcore=__version__,
        run=path.resolve().name,
        method=run.config.model.method,
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
    write_whole(path / EVALUATION, record.model_dump_json(indent=1) + "\n")
    write_report(record, run.model, run.data, run.record, path / REPORT, path)
    console.print(f"written: {path / EVALUATION}, {path / REPORT}", highlight=False, soft_wrap=True)
    return record


def _cache() -> Path:
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    return cache / "mmcore" / "classifiers"


def _checked(metrics: Sequence[str] | None) -> list[str]:
    for name in metrics or ():
        if name not in METRICS:
            raise MmcoreError(
                f"unknown metric '{name}', expected some of {', '.join(METRICS)}{nearest(name, METRICS)}"
            )
    return list(metrics or METRICS)


def _opened(path: Path, data_dir: Path | None, catalogue: Catalogue) -> _Run:
    folder = RunFolder(path)
    if not folder.config.is_file() or not folder.record.is_file():
        raise MmcoreError(f"'{path}' holds no run; expected a folder that mmcore train has written")
    if not folder.model.is_dir():
        raise MmcoreError(
            f"the run in '{path}' has no model yet; finish it by mmcore train --resume {path}"
        )
    config = read_config(folder.config)
    record = json.loads(folder.record.read_text(encoding="utf-8"))
    model = Model.from_pretrained(folder.model, catalogue=catalogue)
    data = _same_data(config, record, data_dir, catalogue)
    return _Run(folder, config, record, model, data, _sha256(folder.model))


def _same_data(
    config: RunConfig, record: dict[str, Any], data_dir: Path | None, catalogue: Catalogue
) -> OpenedData:
    """Return the data of the run's own kind; nothing is downloaded, and nothing else is taken."""
    root = data_dir or (Path(record["data_root"]) if record["data_root"] else config.data.dir)
    chosen = config.data.model_copy(update={"mode": record["data"], "dir": root, "drop": 0.0})
    data = open_data(datasets_of(config, catalogue), chosen, config.seed)
    if data.items != record["data_items"]:
        raise MmcoreError(
            f"the run was trained on other data: {_told(record['data_items'])} then,"
            f" {_told(data.items)} in '{root}' now; name the same data with --data-dir"
        )
    return data


def _told(items: dict[str, dict[str, int]]) -> str:
    return ", ".join(f"{name} {n['train']}+{n['test']}" for name, n in items.items())


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


def _measured(
    wanted: Sequence[str],
    subject: Subject,
    run: _Run,
    before: dict[str, MetricRecord],
    console: Console,
) -> dict[str, MetricRecord]:
    found = {}
    with Progress(console=console, transient=True) as progress:
        bar = progress.add_task("", total=len(wanted))
        for name in wanted:
            progress.update(bar, description=name)
            if name in before and _is_current(name, before[name], run, subject.settings):
                console.print(f"{name}: unchanged, not measured again", highlight=False)
            else:
                found[name] = _one(name, subject, _digest(name, run, subject.settings))
                told = f"{name}: {found[name].seconds:.0f} s"
                console.print(
                    "; ".join([told, *found[name].left_out]), highlight=False, soft_wrap=True
                )
            progress.advance(bar)
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
