"""The arguments of the checks of metrics: how one is made, and small models and data to measure."""

import atexit
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor

from mmcore.batch import Batch
from mmcore.config import EvaluationSettings, ModelConfig
from mmcore.data import Data, Paired, Samples, Source, TensorView, View
from mmcore.distributions import Gaussian
from mmcore.encoding import Encoding, Inference
from mmcore.errors import MmcoreError
from mmcore.metrics.base import Measured, Metric, Subject
from mmcore.model import Model
from mmcore.noise import Noise
from mmcore.plugins import Catalogue, ComponentSpec, Context, PluginRecord
from mmcore.testing.catalogues import VECTORS, catalogue_of
from mmcore.testing.check import Unchecked
from mmcore.testing.component import Component
from mmcore.testing.vectors import VectorData

__all__ = ["MetricCase", "MostPrecise", "Trial", "numbers"]

ROWS = 40
MOST_PRECISE = ComponentSpec(
    kind="inference", name="most-precise", factory="mmcore.testing.checks.metric_case:MostPrecise"
)
NAMES = tuple(vector.name for vector in VECTORS)


class MostPrecise(Inference):
    """The expert with the smallest variance: a joint posterior that is no fusion of experts."""

    def __init__(self, settings: object, context: Context) -> None:
        super().__init__()

    def forward(self, encoding: Encoding, noise: Noise | None = None) -> Gaussian:
        """Return the expert of each row."""
        spread = encoding.content.logvar.sum(-1).masked_fill(~encoding.present, torch.inf)
        return encoding.content.take(spread.argmin(0))


class Incomplete(Source):
    """Samples that lack modalities, or labels.

    Arguments:
        source: complete samples.
        present: which samples have a modality, by name.
        labeled: whether samples have labels.
    """

    def __init__(self, source: Source, present: Mapping[str, Tensor], labeled: bool) -> None:
        self._source, self._present, self._labeled = source, present, labeled

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(self._source)

    def fetch(self, indices: Tensor, noise: Noise) -> Batch:
        """Return the samples ``indices``, (B,), with zeros for missing values."""
        batch = self._source.fetch(indices, noise)
        present = {name: mask[indices] for name, mask in self._present.items()}
        values = {n: batch.values[n] * present[n].unsqueeze(1) for n in batch.values}
        return Batch(values, present, batch.labels if self._labeled else None)


@dataclass(frozen=True)
class Trial:
    """A model and data to measure, and the settings that metrics share.

    Arguments:
        names: modalities of the model.
        fused: whether the joint posterior is a fusion of experts.
        missing: whether held-out samples lack modalities.
        labeled: whether samples have labels.
        settings: the shared settings that are not the defaults.
    """

    names: tuple[str, ...] = NAMES
    fused: bool = True
    missing: bool = False
    labeled: bool = True
    settings: Mapping[str, Any] = field(default_factory=dict)

    def model(self, catalogue: Catalogue) -> Model:
        """Return an untrained model in eval mode."""
        own = PluginRecord("kit", "mmcore-kit", "0", "ok", _lacking(catalogue))
        method = (
            {} if self.fused else {"method": "custom", "options": {"posterior": "most-precise"}}
        )
        config = ModelConfig.model_validate(
            {
                "modalities": {name: {"kind": name} for name in self.names},
                "content_dim": 2,
                "style_dim": 1,
                **method,
            }
        )
        return Model.from_config(config, catalogue=Catalogue([*catalogue.records, own])).eval()

    @property
    def data(self) -> Data:
        """The samples."""
        splits = {"train": self._samples("train"), "test": self._samples("test")}
        return Data(splits, "sample")

    def _samples(self, split: Literal["train", "test"]) -> Samples:
        sample = VectorData().sample(split)
        rows = torch.arange(ROWS)
        values, labels = sample.fetch(rows, Noise(ROWS)), sample.labels[rows]
        view = TensorView(values, labels)
        paired = Paired(dict.fromkeys(self.names, view), rows[:, None].expand(-1, len(self.names)))
        missing = self.missing and split == "test"
        present = {n: (rows % 4 != k) | (not missing) for k, n in enumerate(self.names)}
        views = {n: _selected(view, present[n] & self.labeled) for n in self.names}
        return Samples(
            Incomplete(paired, present, self.labeled) if missing or not self.labeled else paired,
            views=views,
            items={name: len(view) for name, view in views.items()},
            labels=labels if self.labeled else None,
            present=present if missing else {},
        )


@dataclass(frozen=True)
class MetricCase:
    """Metrics made by ``make(context)``."""

    make: Callable[[Context], Metric[Any]]
    component: Component | None = None

    @classmethod
    def of_component(cls, component: Component) -> "MetricCase":
        """Return the case of a registered metric."""

        def make(context: Context) -> Metric[Any]:
            metric: Metric[Any] = component.load()(component.settings, context)
            return metric

        return cls(make, component)

    @cached_property
    def measured(self) -> Measured:
        """The result of complete and labeled samples.

        Raises:
            Unchecked: the metric cannot be measured, such as one of texts, for the reason that it gives.
        """
        measured = self.measure_if_possible(Trial())
        if not measured.tables and measured.left_out:
            raise Unchecked(measured.left_out[0])
        return measured

    @cached_property
    def metric(self) -> Metric[Any]:
        """A metric."""
        return self.make(self.subject(Trial()).model.context)

    def subject(
        self, trial: Trial, progress: Callable[[float], None] = lambda share: None
    ) -> Subject:
        """Return what is measured."""
        catalogue = self.component.catalogue if self.component else catalogue_of()
        settings = EvaluationSettings(**trial.settings)
        return Subject(trial.model(catalogue), trial.data, settings, _classifiers(), progress)

    def measure(self, subject: Subject | Trial) -> Measured:
        """Return the result of a new metric."""
        subject = self.subject(subject) if isinstance(subject, Trial) else subject
        return self.make(subject.model.context).measure(subject)

    def measure_if_possible(self, subject: Subject | Trial) -> Measured:
        """Return the result, without tables if the metric cannot be measured."""
        try:
            return self.measure(subject)
        except MmcoreError as error:
            return Measured([], [str(error)])


def numbers(measured: Measured) -> dict[tuple[str, str, str], float | None]:
    """Return the numbers by table, row and column."""
    return {
        (table.name, row, column.name): value
        for table in measured.tables
        for row, values in table.rows.items()
        for column, value in zip(table.columns, values, strict=False)
    }


def _lacking(catalogue: Catalogue) -> tuple[ComponentSpec, ...]:
    """Return the components of a trial that the catalogue does not have."""
    return tuple(s for s in (*VECTORS, MOST_PRECISE) if s.name not in catalogue.names(s.kind))


@cache
def _classifiers() -> Path:
    """Return a folder of trained classifiers, which all cases of this process share."""
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _selected(view: TensorView, rows: Tensor) -> View:
    indices = rows.nonzero().squeeze(1)
    return TensorView(view.fetch(indices, Noise(len(indices))), view.labels[indices])
