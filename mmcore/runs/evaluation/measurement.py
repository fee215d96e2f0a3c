"""The metrics of an evaluation, each with the hash of everything that its numbers depend on."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from mmcore.config import EvaluationSettings
from mmcore.data import Data, Fingerprint
from mmcore.errors import MmcoreError
from mmcore.metrics import Measured, Metric, Subject
from mmcore.model import Model
from mmcore.plugins import Catalogue
from mmcore.reporting.record import MetricRecord
from mmcore.runs.run import Run

__all__ = ["EvaluatedRun", "Measurement", "planned"]

REVISION = 6
"""Increase it if the meaning of numbers changes, so that older numbers are not reused."""


@dataclass(frozen=True, slots=True)
class EvaluatedRun:
    """A finished run with its data.

    Arguments:
        opened: the run.
        data: the data that it was trained on.
        sha256: hash of the files of the model.
        fingerprint: of the data.
    """

    opened: Run
    data: Data
    sha256: str
    fingerprint: Fingerprint

    @property
    def model(self) -> Model:
        """The model, in eval mode."""
        return self.opened.model


@dataclass(frozen=True, slots=True)
class Measurement:
    """A metric of an evaluation.

    Arguments:
        name: of the metric.
        metric: the metric.
        options: its own options.
        digest: hash of everything that its numbers depend on.
        figures: folder of the figures.
    """

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
            figure.write(self.figures, subject.data.kind)
        return MetricRecord(
            digest=self.digest,
            settings=self.options,
            seconds=round(perf_counter() - started, 1),
            tables=tuple(measured.tables),
            figures=tuple(figure.record for figure in measured.figures),
            statements=tuple(measured.statements),
            left_out=tuple(measured.left_out),
        )


def planned(
    name: str, run: EvaluatedRun, settings: EvaluationSettings, catalogue: Catalogue
) -> Measurement:
    """Return the measurement of a metric.

    Raises:
        MmcoreError: an option of the metric is not valid.
    """
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
    return Measurement(name, metric, options, digest, run.opened.files.figures)
