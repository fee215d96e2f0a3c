"""The interface of a metric, and the model and data that it measures."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

import torch
from pydantic import BaseModel
from torch import Tensor

from mmcore.config.base import DataKind
from mmcore.config.evaluation import EvaluationSettings
from mmcore.data import Data
from mmcore.errors import MmcoreError, nearest
from mmcore.inference.likelihood.importance_sampling import affordable_rows
from mmcore.inference.representation.subsets import subset_name, subsets
from mmcore.metrics.classifiers import TrainedClassifier, train_classifier
from mmcore.model import Model
from mmcore.noise import Noise, derived_seed
from mmcore.plugins import Context
from mmcore.reporting.record import FigureRecord, Table
from mmcore.reporting.statements import Statement

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

__all__ = ["MOST_SCORED", "Figure", "Measured", "Metric", "Subject"]

LEAST_SCORED, MOST_SCORED, SCORED_NUMBERS = 20, 50, 1 << 20
"""Default number of data points of a likelihood, and of numbers in all of them."""
DPI = 120

Options = TypeVar("Options", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of the report.

    Arguments:
        record: its name, title, caption, text alternative and topic.
        drawing: the figure of matplotlib; colors differ in lightness, so that they are distinguished in
            grey and by the colour-blind, and axes name their units.
    """

    record: FigureRecord
    drawing: "Drawing"

    def write(self, folder: Path, kind: DataKind) -> None:
        """Write the file to a folder; a figure without a title gets the kind of data as its title."""
        folder.mkdir(parents=True, exist_ok=True)
        if not self.drawing.get_suptitle():
            self.drawing.suptitle(f"data: {kind}", fontsize=10)
        self.drawing.savefig(folder / f"{self.record.name}.png", dpi=DPI)


@dataclass(frozen=True, slots=True)
class Measured:
    """The result of a metric.

    Arguments:
        tables: the numbers; `Table.topic` is the heading under which the report shows them.
        left_out: what could not be measured, and warnings, one sentence each.
        figures: figures, written to the folder of the run and shown under their topic.
        statements: the numbers that matter most, each with the baselines that it is compared with; the
            report states the first ones of all metrics as sentences.
    """

    tables: Sequence[Table]
    left_out: Sequence[str] = ()
    figures: Sequence[Figure] = ()
    statements: Sequence[Statement] = ()


def _ignore(share: float) -> None:
    """Show no progress."""


@dataclass(frozen=True)
class Subject:
    """A model and the data that it is measured on; parts that several metrics use are computed once.

    Arguments:
        model: a trained model, in eval mode.
        data: the data that it was trained on.
        settings: the settings that metrics share.
        cache: folder of trained classifiers.
        progress: called with the finished share of a metric, from 0 to 1.
    """

    model: Model
    data: Data
    settings: EvaluationSettings
    cache: Path | None = None
    progress: Callable[[float], None] = _ignore

    @cached_property
    def given(self) -> list[tuple[str, ...]]:
        """The given subsets of modalities.

        Raises:
            MmcoreError: a subset of the settings is not a subset of the model's modalities.
        """
        return self.chosen(self.settings.subsets)

    def chosen(self, names: Sequence[str] | None) -> list[tuple[str, ...]]:
        """Return subsets of modalities by name, such as ``a+b``; all subsets, if ``names`` is None.

        Raises:
            MmcoreError: a name is not a subset of the model's modalities.
        """
        every = {frozenset(subset): subset for subset in subsets(self.model.names)}
        if names is None:
            return list(every.values())
        valid = [subset_name(subset) for subset in every.values()]
        for name in names:
            if frozenset(name.split("+")) not in every:
                raise MmcoreError(
                    f"unknown subset '{name}', expected one of {', '.join(valid)}"
                    + nearest(name, valid)
                )
        return [every[frozenset(name.split("+"))] for name in names]

    @cached_property
    def classifiers(self) -> Mapping[str, TrainedClassifier]:
        """Trained classifiers, by modality; a modality without classifier or labels is left out."""
        trained = {}
        for name, modality in self.model.codec.modalities.items():
            views = self.data.train.views[name], self.data.test.views[name]
            if not all(len(view) for view in views):
                continue  # no labeled items for training or for testing
            classifier = train_classifier(modality, *views, self.cache, bfloat16=self.bfloat16)
            if classifier is not None:
                trained[name] = classifier
        return trained

    def autocast(self) -> torch.autocast:
        """Return the context in which networks compute in the precision of the settings."""
        return torch.autocast(self.model.device.type, torch.bfloat16, enabled=self.bfloat16)

    @property
    def bfloat16(self) -> bool:
        """Whether networks compute in bfloat16, see `EvaluationSettings.precision`."""
        return self.settings.precision == "bf16-mixed"

    @property
    def without_classifier(self) -> list[str]:
        """The modalities that have no classifier, one sentence each."""
        return [
            f"{name} is not classified: its modality has no classifier(), or its items have no labels"
            for name in self.model.names
            if name not in self.classifiers
        ]

    @property
    def has_missing(self) -> bool:
        """Whether a held-out sample lacks a modality."""
        return not all(bool(mask.all()) for mask in self.data.test.present.values())

    def test_rows(self, rows: int) -> Tensor:
        """Return indices of held-out samples, drawn without replacement, at most ``rows``."""
        generator = torch.Generator().manual_seed(derived_seed("evaluate", self.settings.seed))
        return torch.randperm(len(self.data.test), generator=generator)[:rows]

    def complete_rows(self, rows: int) -> Tensor:
        """Return indices of held-out samples that have every modality and a label.

        Raises:
            MmcoreError: no sample has.
        """
        indices = self.test_rows(len(self.data.test))
        for mask in self.data.test.present.values():
            indices = indices[mask[indices]]
        labels = self.data.test.fetch(indices[:1], Noise(1)).labels if len(indices) else None
        if labels is None:
            raise MmcoreError("no held-out sample has every modality and a label")
        return indices[:rows]

    def scored_rows(self, chosen: int | None) -> int:
        """Return the number of data points of a likelihood: ``chosen``, or the default if it is None.

        The default is 200, and fewer for values with so many elements that decoding would take hours.
        """
        if chosen is not None:
            return chosen
        return affordable_rows(self.model.codec, LEAST_SCORED, MOST_SCORED, SCORED_NUMBERS)


class Metric(ABC, Generic[Options]):
    """A group of tables about a trained model.

    It is built as ``factory(settings, context)``; its name is the name of its component.

    MUST: `measure`.

    MAY: `uses`.

    Subclass requirements:
        - the same subject and the same settings give the same numbers;
        - the names of its tables occur in no other metric;
        - it works for every method and any joint posterior; a number that does not apply is None,
          and a sentence in `Measured.left_out` gives the reason.

    Arguments:
        settings: the metric's own options.
        context: the model that is measured.
    """

    uses: ClassVar[tuple[str, ...]] = ("subsets", "rows", "fusion", "seed")
    """The shared settings on which the numbers depend; the metric is not repeated if others change."""

    def __init__(self, settings: Options, context: Context) -> None:
        self.settings = settings
        self.context = context

    @abstractmethod
    def measure(self, subject: Subject) -> Measured:
        """Return the tables.

        Raises:
            MmcoreError: nothing can be measured; the message gives the reason.
        """
