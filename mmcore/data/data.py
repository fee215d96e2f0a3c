"""The data of a run or of new records: splits, labels, masks, and what is needed to write values back."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from mmcore.batch import Batch
from mmcore.config.base import DataKind
from mmcore.data.dropping import Dropped
from mmcore.data.fingerprint import Inputs
from mmcore.data.source import Source
from mmcore.data.view import View
from mmcore.noise import Noise

if TYPE_CHECKING:
    import pandas as pd

    from mmcore.data.tables.annotations import Annotations
    from mmcore.data.tables.reader import Reader
    from mmcore.data.tables.records import Batches, Records

__all__ = ["Data", "Samples", "Stored"]

Stored = Mapping[str, Callable[[View], View]]
"""`Modality.stored` by name of the modality."""


@dataclass(frozen=True, slots=True)
class Samples(Source):
    """The samples of one split, with all values that they have.

    Shapes:
        labels: (N,), or (N, L) for binary attributes. present[m]: (N,), bool.

    Arguments:
        source: the values.
        views: by modality, the unimodal items with a label that the samples consist of.
        items: by modality, the number of items.
        labels: of the samples; None if they have none.
        present: by modality, which samples have it; empty if all samples have all modalities.
        ids: of the samples; None if they are pairs of items, which have no id.
        records: by modality, the cells of the input files; empty if the data is no study.
        annotations: covariates and survival of the samples; None if the data has none.
        batches: the batch of each id; None if the data has none.
    """

    source: Source
    views: Mapping[str, View] = field(default_factory=dict)
    items: Mapping[str, int] = field(default_factory=dict)
    labels: Tensor | None = None
    present: Mapping[str, Tensor] = field(default_factory=dict)
    ids: "pd.Index | None" = None
    records: Mapping[str, "Records"] = field(default_factory=dict)
    annotations: "Annotations | None" = None
    batches: "Batches | None" = None

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(self.source)

    def fetch(self, indices: Tensor, noise: Noise) -> Batch:
        """Return the samples ``indices``, (B,), as a batch on the CPU."""
        return self.source.fetch(indices, noise)

    def positions(self) -> Tensor | None:
        """Return where each sample lies in a file."""
        return self.source.positions()

    @property
    def nbytes(self) -> int:
        """The size of all values."""
        return self.source.nbytes

    def on(self, device: torch.device) -> "Samples":
        """Return the same samples, with values on ``device``."""
        return replace(self, source=self.source.on(device))


@dataclass(frozen=True, slots=True)
class Data:
    """Samples by split, and their description.

    Arguments:
        splits: ``train`` and ``test``, or ``new`` for records that are not split.
        kind: ``real``, ``synthetic``, ``built`` or ``sample``; real data and a sample are never mixed.
        root: folder of the real data.
        notes: remarks for the user.
        classes: names of the label codes; empty if they have none.
        key: name of the id column.
        readers: by modality, how records are read and values are written; empty if the data is no
            study.
        drop: share of the training values that `training_source` hides.
        seed: which values it hides.
        inputs: the files and items that were read.
    """

    splits: Mapping[str, Samples]
    kind: DataKind
    root: Path | None = None
    notes: list[str] = field(default_factory=list)
    classes: tuple[str, ...] = ()
    key: str = "id"
    readers: Mapping[str, "Reader"] = field(default_factory=dict)
    drop: float = 0.0
    seed: int = 0
    inputs: Inputs = field(default_factory=Inputs)

    @property
    def train(self) -> Samples:
        """The training samples."""
        return self.splits["train"]

    @property
    def test(self) -> Samples:
        """The test samples."""
        return self.splits["test"]

    @property
    def training_source(self) -> Source:
        """The training samples without the share ``drop`` of their values."""
        if not self.drop:
            return self.train
        return Dropped(self.train, self.drop, len(self.train.views), self.seed)

    @property
    def items(self) -> dict[str, dict[str, int]]:
        """The number of items, by modality and split."""
        names = next(iter(self.splits.values())).items
        return {name: {s: own.items[name] for s, own in self.splits.items()} for name in names}

    @property
    def label_names(self) -> Sequence[str] | None:
        """The name of each attribute; None if labels are no attributes or have no names."""
        return next((view.label_names for view in self.test.views.values()), None)

    def without_records(self) -> "Data":
        """Return the data without the cells of the files, which only writing values back needs."""
        splits = {name: replace(samples, records={}) for name, samples in self.splits.items()}
        return replace(self, splits=splits)
