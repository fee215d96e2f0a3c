"""The arguments of checks: how a component is made, and data for it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from mmcore.aggregators import Aggregator
from mmcore.data import Dataset, Source, View
from mmcore.modality import Modality
from mmcore.noise import Noise
from mmcore.plugins import Context
from mmcore.testing.checks.tools import seeded
from mmcore.testing.component import Component

__all__ = ["CONTENT", "STYLE", "AggregatorCase", "DatasetCase", "ModalityCase", "SourceCase"]

CONTENT, STYLE = 5, 3


@dataclass(frozen=True)
class DatasetCase:
    """Data sets made by ``make()``; None where a modality has none of its own."""

    make: Callable[[], Dataset] | None
    component: Component | None = None

    @cached_property
    def view(self) -> View | None:
        """The test split of the sample."""
        return None if self.make is None else self.make().sample("test")


@dataclass(frozen=True)
class ModalityCase:
    """Modalities made by ``make(context)``."""

    make: Callable[[Context], Modality]
    dataset: DatasetCase = DatasetCase(None)
    component: Component | None = None

    @classmethod
    def of_component(cls, component: Component) -> "ModalityCase":
        """Return the case of a registered modality."""

        def make(context: Context) -> Modality:
            modality: Modality = component.load()(component.settings, context)
            return modality

        def opened() -> Dataset:
            data: Any = component.dataset()
            dataset: Dataset = data(component.settings, component.context)
            return dataset

        # Imported when they are first used: `quiet_import` watches the import.
        return cls(make, DatasetCase(None if component.spec.dataset is None else opened), component)

    @cached_property
    def view(self) -> View | None:
        """The test split of the sample, as the modality stores it."""
        view = self.dataset.view
        return None if view is None else self.built().stored(view)

    def built(self, style_dim: int = STYLE, *, seed: int = 0) -> Modality:
        """Return a new modality in eval mode."""
        return seeded(self.make, Context.of(CONTENT, style_dim), seed=seed).eval()

    def raw(self, rows: int = 7, *, step: int = 0) -> Tensor:
        """Return stored values, (B, *E): of the data set's sample, else drawn by the modality."""
        view = self.view
        if view is None:
            return self._drawn(rows, step)
        indices = (torch.arange(rows) + step * rows) % len(view)
        return view.fetch(indices, Noise(rows, step=step))

    def prepared(self, modality: Modality, rows: int = 7, *, step: int = 0) -> Tensor:
        """Return values as the networks see them, (B, *E)."""
        return modality.prepare(self.raw(rows, step=step).clone())

    def _drawn(self, rows: int, step: int) -> Tensor:
        torch.default_generator.manual_seed(step)
        modality = self.built()
        content, style = torch.randn(rows, CONTENT), torch.randn(rows, STYLE)
        with torch.no_grad():
            values: Tensor = modality.decode(content, style).sample()
        return values


@dataclass(frozen=True, slots=True)
class AggregatorCase:
    """Aggregators made by ``make()``."""

    make: Callable[[], Aggregator]
    component: Component | None = None

    @classmethod
    def of_component(cls, component: Component) -> "AggregatorCase":
        """Return the case of a registered aggregator."""

        def make() -> Aggregator:
            aggregator: Aggregator = component.load()(component.settings, component.context)
            return aggregator

        return cls(make, component)


@dataclass(frozen=True, slots=True)
class SourceCase:
    """Sources made by ``make()``."""

    make: Callable[[], Source]
    component: Component | None = None

    @classmethod
    def of_component(cls, component: Component) -> "SourceCase":
        """Return the case of a class that is called without arguments."""
        return cls(component.load(), component)


def dataset_case(component: Component) -> DatasetCase:
    """Return the case of a class that is called without arguments."""
    dataset: Any = component.load()
    return DatasetCase(dataset, component)
