"""Evaluation of a finished run: the tables of every metric, and a page that shows them."""

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

import torch

from mmcore import __version__
from mmcore.config import EvaluationSettings
from mmcore.errors import MmcoreError, nearest
from mmcore.fitted import FITTED_FILES
from mmcore.inference.representation.posteriors import named_posterior
from mmcore.metrics import Subject
from mmcore.metrics.figures.figures import figures, topics
from mmcore.plugins import Catalogue
from mmcore.precision import automatic_precision
from mmcore.reporting.record import (
    EvaluationRecord,
    FigureRecord,
    MetricRecord,
    read_record,
)
from mmcore.reporting.report import write_report
from mmcore.runs.evaluation.execution import check_processes, measured
from mmcore.runs.evaluation.measurement import EvaluatedRun, planned
from mmcore.runs.folder.lock import locked
from mmcore.runs.run import Run
from mmcore.storage.files import cache_folder, write_text
from mmcore.storage.schemas import read_metrics
from mmcore.terminal.escaping import shown
from mmcore.terminal.printing import Console

__all__ = ["evaluate", "resolved"]


def evaluate(
    path: Path,
    settings: EvaluationSettings | None = None,
    metrics: Sequence[str] | None = None,
    *,
    data_dir: Path | None = None,
    accept_changed_data: bool = False,
    accelerator: str = "cpu",
    allow_outside: bool = False,
    catalogue: Catalogue | None = None,
    console: Console | None = None,
    processes: int = 1,
) -> EvaluationRecord:
    """Evaluate the run in ``path`` and write ``evaluation.json`` and ``report.html`` to it.

    A metric is not repeated if the model, the data and its settings have not changed. A metric that
    cannot be measured is left out with a reason.

    Arguments:
        path: folder of a finished run.
        settings: settings that metrics share, and options of metrics.
        metrics: names of metrics; default: all that are installed.
        data_dir: folder of real data; default: that of the run.
        accept_changed_data: whether to continue where the data has changed since the training.
        accelerator: device of the model: cpu, cuda or mps.
        allow_outside: whether a study that sets ``allow_outside`` may read files outside of its folder.
        catalogue: the components; default: those of the installed plug-ins.
        console: where progress is shown.
        processes: number of processes that the metrics are divided over, with one thread each.

    Raises:
        MmcoreError: the run is not finished, its data has changed, another process uses its folder, a
            name or a value is not valid, or the machine cannot start several processes.
    """
    settings = settings or EvaluationSettings()
    catalogue = catalogue or Catalogue.discover()
    listed = catalogue.listing("metric")
    _check_names([*(metrics or ()), *settings.options], listed, catalogue)
    check_processes(processes, accelerator)
    opened = Run.open(path, catalogue, allow_outside=allow_outside)
    with locked(path):  # a training that goes on would replace the model
        run = _opened(opened, data_dir, accept_changed_data)
        run.model.to(_device(accelerator))
        settings = resolved(settings, accelerator)
        return _evaluated(run, settings, metrics, listed, console or Console(), processes)


def _evaluated(
    run: EvaluatedRun,
    settings: EvaluationSettings,
    metrics: Sequence[str] | None,
    listed: Sequence[str],
    console: Console,
    processes: int,
) -> EvaluationRecord:
    path, catalogue = run.opened.folder, run.opened.catalogue
    file, page = run.opened.files.evaluation, run.opened.files.report
    records = _earlier(file)
    wanted = [name for name in listed if metrics is None or name in metrics]
    # All names and values are checked before anything is measured.
    measurements = [
        planned(name, run, settings, catalogue)
        for name in listed
        if name in wanted or name in records
    ]
    subject = Subject(run.model, run.data, settings, _cache())
    _ = subject.given, named_posterior(run.model, settings.fusion)
    console.print(f"data: {run.data.kind}")
    chosen = [one for one in measurements if one.name in wanted]
    records |= measured(chosen, subject, records, console, processes)
    record = EvaluationRecord(
        mmcore=__version__,
        run=shown(path.resolve().name),
        method=run.model.config.method,
        modalities=run.model.names,
        data=run.data.kind,
        data_items=run.data.items,
        data_files={name: mark.sha256 for name, mark in run.fingerprint.files.items()},
        data_samples=run.fingerprint.samples,
        model_sha256=run.sha256,
        settings=settings,
        topics=topics(run.model),
        # Numbers of another model or of other settings are not comparable with these.
        metrics={one.name: records[one.name] for one in measurements if one.is_done(records)},
    )
    record = record.model_copy(update={"figures": _drawn(run, settings.seed)})
    write_text(file, record.model_dump_json(indent=1) + "\n")
    write_report(record, run.opened.record, page, run.opened.files.figures)
    run.opened.files.seal(file, page, *run.opened.files.figures.glob("*.png"))
    console.print(f"written: {file}, {page}")
    return record


def _drawn(run: EvaluatedRun, seed: int) -> tuple[FigureRecord, ...]:
    files = run.opened.files
    drawn = figures(run.model.to("cpu"), run.data, read_metrics(files.metrics), seed)
    for figure in drawn:
        figure.write(files.figures, run.data.kind)
    return tuple(figure.record for figure in drawn)


def _check_names(names: Iterable[str], valid: Sequence[str], catalogue: Catalogue) -> None:
    for name in names:
        if name not in valid:
            raise catalogue.refusal("metric", name) or MmcoreError(
                f"unknown metric '{name}', expected one of {', '.join(valid)}{nearest(name, valid)}"
            )


def _device(accelerator: str) -> torch.device:
    """Return the device of a name.

    Raises:
        MmcoreError: this machine has no such device.
    """
    available = ["cpu", *(n for n in ("cuda", "mps") if getattr(torch, n).is_available())]
    if accelerator not in available:
        raise MmcoreError(
            f"accelerator '{accelerator}' is not available, expected {', '.join(available)}"
        )
    return torch.device(accelerator)


def resolved(settings: EvaluationSettings, accelerator: str) -> EvaluationSettings:
    """Return the settings with the precision that ``auto`` stands for, on which numbers depend."""
    if settings.precision != "auto":
        return settings
    return settings.model_copy(update={"precision": automatic_precision(accelerator)})


def _cache() -> Path:
    return cache_folder() / "classifiers"


def _opened(run: Run, data_dir: Path | None, accept: bool) -> EvaluatedRun:
    data = run.data(data_dir, accept_changed_data=accept)
    return EvaluatedRun(run, data, _sha256(run.files.model), data.inputs.fingerprint())


def _sha256(folder: Path) -> str:
    digest = hashlib.sha256()
    for name in ("config.json", "model.safetensors", *FITTED_FILES):
        if (folder / name).is_file():
            digest.update((folder / name).read_bytes())
    return digest.hexdigest()


def _earlier(path: Path) -> dict[str, MetricRecord]:
    try:
        return dict(read_record(path).metrics)
    except MmcoreError:
        return {}  # none yet, or one of an older version
