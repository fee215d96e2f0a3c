"""The interface of a metric, and what it measures."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import torch
from torch import Tensor

from mmcore.data import Data
from mmcore.errors import MmcoreError, nearest
from mmcore.inference.likelihood import affordable_rows
from mmcore.inference.subsets import subset_name, subsets
from mmcore.metrics.classifiers import Judge, judge
from mmcore.model import Model
from mmcore.noise import Noise, derived_seed
from mmcore.reporting.record import EvaluationSettings, Table

__all__ = ["MOST_SCORED", "Measured", "Metric", "Subject"]

LEAST_SCORED, MOST_SCORED, SCORED_NUMBERS = 20, 200, 1 << 20
"""Data points of the likelihood, and numbers in all of them, by default."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a metric found.

    Arguments:
        tables: the numbers.
        left_out: what could not be measured, and why, a sentence each.
    """

    tables: Sequence[Table]
    left_out: Sequence[str] = ()


def _silent(share: float) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Subject:
    """A model with the data it is measured on; what several metrics need is made once.

    Arguments:
        model: trained, in eval mode.
        data: what it was trained on.
        settings: how it is measured.
        cache: where classifiers are kept.
        tick: is told which share of a metric is done, from 0 to 1.
    """

    model: Model
    data: Data
    settings: EvaluationSettings
    cache: Path | None = None
    tick: Callable[[float], None] = _silent

    @cached_property
    def given(self) -> list[tuple[str, ...]]:
        """The subsets that are measured.

        Raises:
            MmcoreError: one that was asked for is not a subset of the model's modalities.
        """
        every = {frozenset(subset): subset for subset in subsets(self.model.names)}
        if self.settings.subsets is None:
            return list(every.values())
        valid = [subset_name(subset) for subset in every.values()]
        for name in self.settings.subsets:
            if frozenset(name.split("+")) not in every:
                raise MmcoreError(
                    f"unknown subset '{name}', expected one of {', '.join(valid)}"
                    + nearest(name, valid)
                )
        return [every[frozenset(name.split("+"))] for name in self.settings.subsets]

    @property
    def likelihood_rows(self) -> int:
        """How many data points the likelihood has, unless there are fewer.

        By default 200, and fewer where each has so many numbers that decoding would take hours.
        """
        if self.settings.likelihood_rows is not None:
            return self.settings.likelihood_rows
        return affordable_rows(self.model.codec, LEAST_SCORED, MOST_SCORED, SCORED_NUMBERS)

    @cached_property
    def judges(self) -> Mapping[str, Judge]:
        """Classifiers of the modalities that have one."""
        found = {}
        for name, modality in self.model.codec.modalities.items():
            views = self.data.train.views[name], self.data.test.views[name]
            if not all(len(view) for view in views):
                continue  # no labelled item to learn from, or to be tested on
            made = judge(modality, *views, self.cache)
            if made is not None:
                found[name] = made
        return found

    @property
    def unjudged(self) -> list[str]:
        """The modalities without a classifier, a sentence each."""
        return [
            f"{name} is not judged as a target: its modality has no classifier(), or its items no labels"
            for name in self.model.names
            if name not in self.judges
        ]

    @property
    def has_holes(self) -> bool:
        """Whether a held-out sample lacks a modality."""
        return not all(bool(mask.all()) for mask in self.data.test.present.values())

    def test_rows(self, rows: int) -> Tensor:
        """Return indices of held-out samples, drawn without replacement, at most ``rows``."""
        generator = torch.Generator().manual_seed(derived_seed("evaluate", self.settings.seed))
        return torch.randperm(len(self.data.test), generator=generator)[:rows]

    def complete_rows(self, rows: int) -> Tensor:
        """Return the same of samples that have every modality and a label.

        Raises:
            MmcoreError: there is none.
        """
        found = self.test_rows(len(self.data.test))
        for mask in self.data.test.present.values():
            found = found[mask[found]]
        labels = self.data.test.fetch(found[:1], Noise(1)).labels if len(found) else None
        if labels is None:
            raise MmcoreError("no held-out sample has every modality and a label")
        return found[:rows]


class Metric(ABC):
    """One group of numbers.

    MUST: `name`, `uses`, `measure`.
    """

    @property
    @abstractmethod
    def name(self) -> str:
        """The name that ``--metrics`` knows it by."""

    @property
    @abstractmethod
    def uses(self) -> tuple[str, ...]:
        """The fields of the settings that its numbers depend on."""

    @abstractmethod
    def measure(self, subject: Subject) -> Measured:
        """Return the numbers.

        Raises:
            MmcoreError: nothing can be measured, and why.
        """
