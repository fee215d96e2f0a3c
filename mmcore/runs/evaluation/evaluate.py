"""Evaluation of a finished run: the tables of every metric, and a page that shows them."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import torch

from mmcore import __version__
from mmcore.config import EvaluationSettings
from mmcore.data import Data, Fingerprint
from mmcore.errors import MmcoreError, nearest
from mmcore.inference.representation.posteriors import named_posterior
from mmcore.metrics import Measured, Metric, Subject
from mmcore.metrics.figures.figures import figures, topics
from mmcore.model import Model
from mmcore.plugins import Catalogue
from mmcore.priors.files import FITTED
from mmcore.reporting.record import (
    EvaluationRecord,
    FigureRecord,
    MetricRecord,
    read_record,
)
from mmcore.reporting.report import write_report
from mmcore.runs.folder.lock import locked
from mmcore.runs.run import Run
from mmcore.storage.files import cache_folder, write_text
from mmcore.storage.schemas import read_metrics
from mmcore.terminal.escaping import shown
from mmcore.terminal.printing import Console
from mmcore.terminal.progress import Progress

__all__ = ["evaluate"]

REVISION = 6
"""Increase it if the meaning of numbers changes, so that older numbers are not reused."""


@dataclass(frozen=True, slots=True)
class _Run:
    opened: Run
    data: Data
    sha256: str
    fingerprint: Fingerprint

    @property
    def model(self) -> Model:
        return self.opened.model


@dataclass(frozen=True, slots=True)
class _Measurement:
    """A metric with its options, the hash of all that its numbers depend on, and the folder of figures."""

    name: str
    metric: Metric[Any]
    options: dict[str, Any]
    digest: str

    figures: Path

    def is_done(self, records: Mapping[str, MetricRecord]) -> bool:
        """Return whether there is a record of the same settings, and the files of its figures."""
        record = records.get(self.name)
        return (
            record is not None
            and record.digest == self.digest
            and all((self.figures / f"{one.name}.png").is_file() for one in record.figures)
        )

    def record(self, subject: Subject) -> MetricRecord:
        """Measure; a metric that cannot be measured has no tables and the reason in ``left_out``."""
        started = perf_counter()
        try:
            measured = self.metric.measure(subject)
        except MmcoreError as error:
            measured = Measured((), (str(error),))
        for figure in measured.figures:
            figure.write(self.figures)
        return MetricRecord(
            digest=self.digest,
            settings=self.options,
            seconds=round(perf_counter() - started, 1),
            tables=tuple(measured.tables),
            figures=tuple(figure.record for figure in measured.figures),
            statements=tuple(measured.statements),
            left_out=tuple(measured.left_out),
        )


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

    Raises:
        MmcoreError: the run is not finished, its data has changed, another process uses its folder, or a
            name or a value is not valid.
    """
    settings = settings or EvaluationSettings()
    catalogue = catalogue or Catalogue.discover()
    listed = catalogue.listing("metric")
    _check_names([*(metrics or ()), *settings.options], listed, catalogue)
    opened = Run.open(path, catalogue, allow_outside=allow_outside)
    with locked(path):  # a training that goes on would replace the model
        run = _opened(opened, data_dir, accept_changed_data)
        run.model.to(_device(accelerator))
        return _evaluated(run, settings, metrics, listed, console or Console())


def _evaluated(
    run: _Run,
    settings: EvaluationSettings,
    metrics: Sequence[str] | None,
    listed: Sequence[str],
    console: Console,
) -> EvaluationRecord:
    path, catalogue = run.opened.folder, run.opened.catalogue
    file, page = run.opened.files.evaluation, run.opened.files.report
    records = _earlier(file)
    wanted = [name for name in listed if metrics is None or name in metrics]
    # All names and values are checked before anything is measured.
    measurements = [
        _measurement(name, run, settings, catalogue)
        for name in listed
        if name in wanted or name in records
    ]
    bar = _Bar(console, len(wanted))
    subject = Subject(run.model, run.data, settings, _cache(), bar.tick)
    _ = subject.given, named_posterior(run.model, settings.fusion)
    console.print(f"data: {run.data.kind}")
    chosen = [one for one in measurements if one.name in wanted]
    records |= _measured(chosen, subject, records, console, bar)
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


def _drawn(run: _Run, seed: int) -> tuple[FigureRecord, ...]:
    files = run.opened.files
    drawn = figures(run.model.to("cpu"), run.data, read_metrics(files.metrics), seed)
    for figure in drawn:
        figure.write(files.figures)
    return tuple(figure.record for figure in drawn)


def _check_names(names: Iterable[str], valid: Sequence[str], catalogue: Catalogue) -> None:
    for name in names:
        if name not in valid:
            raise catalogue.refusal("metric", name) or MmcoreError(
                f"unknown metric '{name}', expected one of {', '.join(valid)}{nearest(name, valid)}"
            )


def _measurement(
    name: str, run: _Run, settings: EvaluationSettings, catalogue: Catalogue
) -> _Measurement:
    source, _ = catalogue.find("metric", name)
    own = catalogue.settings("metric", name, settings.options.get(name, {}))
    metric: Metric[Any] = catalogue.load("metric", name)(own, run.model.context)
    options = own.model_dump(mode="json")
    shared = settings.model_dump(mode="json")
    document = [
        REVISION,
        name,
        f"{source.distribution} {source.version}",
        run.sha256,
        run.data.kind,
        run.data.items,
        run.fingerprint.content,
        {field: shared[field] for field in metric.uses},
        options,
    ]
    digest = hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()[:32]
    return _Measurement(name, metric, options, digest, run.opened.files.figures)


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


def _cache() -> Path:
    return cache_folder() / "classifiers"


def _opened(run: Run, data_dir: Path | None, accept: bool) -> _Run:
    data = run.data(data_dir, accept_changed_data=accept)
    return _Run(run, data, _sha256(run.files.model), data.inputs.fingerprint())


def _sha256(folder: Path) -> str:
    digest = hashlib.sha256()
    for name in ("config.json", "model.safetensors", *FITTED):
        if (folder / name).is_file():
            digest.update((folder / name).read_bytes())
    return digest.hexdigest()


def _earlier(path: Path) -> dict[str, MetricRecord]:
    try:
        return dict(read_record(path).metrics)
    except MmcoreError:
        return {}  # none yet, or one of an older version


class _Bar:
    """A progress bar over the metrics that also moves during a metric."""

    def __init__(self, console: Console, metrics: int) -> None:
        self.progress = Progress(console)
        self._bar = self.progress.add(metrics)
        self._done = -1

    def next(self, name: str) -> None:
        """Start the next metric."""
        self._done += 1
        self.progress.move(self._bar, self._done, name)

    def tick(self, share: float) -> None:
        """Show the finished share of the metric."""
        self.progress.move(self._bar, self._done + share)


def _measured(
    measurements: Sequence[_Measurement],
    subject: Subject,
    records: Mapping[str, MetricRecord],
    console: Console,
    bar: _Bar,
) -> dict[str, MetricRecord]:
    """Return the records of metrics that have not been measured yet."""
    new = {}
    with bar.progress:
        for measurement in measurements:
            name = measurement.name
            bar.next(name)
            if measurement.is_done(records):
                console.print(f"{name}: unchanged, not measured again")
                continue
            new[name] = measurement.record(subject)
            console.print(f"{name}: {new[name].outcome}")
    return new
