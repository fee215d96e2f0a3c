"""Samples of several modalities, joined by id."""

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from mmcore.batch import UNKNOWN, Batch
from mmcore.data.source import Source
from mmcore.data.tables.records import Batches
from mmcore.data.tables.sparse import Values, fetched
from mmcore.data.view import View
from mmcore.noise import Noise
from mmcore.storage.arrays import FileRows

__all__ = ["Items", "Labels", "OuterJoin", "union"]


@dataclass(frozen=True, slots=True)
class Labels:
    """The class of each id that has one.

    Arguments:
        by_id: class as text, indexed by id.
        classes: all of them, in the order of their codes.
    """

    by_id: pd.Series
    classes: tuple[str, ...]

    def of(self, ids: pd.Index) -> Tensor:
        """Return the codes of ``ids``, (N,) int64; that of an id without a label is `UNKNOWN`."""
        classes = self.by_id.reindex(ids)
        return torch.from_numpy(pd.Index(self.classes).get_indexer(classes).astype(np.int64))


class OuterJoin(Source):
    """The outer join of several modalities by id; a modality without an id is absent in its sample.

    Arguments:
        ids: of the samples.
        values: by modality, the values of its items, (N_m, *E).
        items: by modality, the ids of its items.
        labels: of ids; None if there are none.
        stored: `Modality.stored` by name; modalities that are left out are stored as they are read.
        batches: of ids; None if there are none.

    Example:
        >>> import pandas as pd, torch
        >>> from mmcore import Noise
        >>> values = {"a": torch.ones(2, 3), "b": torch.zeros(1, 5)}
        >>> ids = {"a": pd.Index(["p", "q"]), "b": pd.Index(["q"])}
        >>> samples = OuterJoin(pd.Index(["p", "q"]), values, ids)
        >>> samples.fetch(torch.tensor([0, 1]), Noise(2)).present["b"].tolist()
        [False, True]
    """

    def __init__(
        self,
        ids: pd.Index,
        values: Mapping[str, Values],
        items: Mapping[str, pd.Index],
        labels: Labels | None = None,
        stored: Mapping[str, Callable[[View], View]] | None = None,
        batches: Batches | None = None,
    ) -> None:
        self.ids = ids
        self._items: dict[str, View] = {name: _Read(value) for name, value in values.items()}
        self._in_files = [name for name, value in values.items() if isinstance(value, FileRows)]
        # A modality without items in this split has nothing to store.
        filled = {name: view for name, view in self._items.items() if len(view)}
        self._items |= {n: store(filled[n]) for n, store in (stored or {}).items() if n in filled}
        self.places = {
            name: torch.from_numpy(index.get_indexer(ids).astype(np.int64))
            for name, index in items.items()
        }
        self.labels = None if labels is None else labels.of(ids)
        self._sites = None if batches is None else torch.from_numpy(batches.codes(ids))
        self._complete = frozenset(
            n for n, place in self.places.items() if bool((place >= 0).all())
        )

    def __len__(self) -> int:
        """Return the number of ids."""
        return len(self.ids)

    def fetch(self, indices: Tensor, noise: Noise) -> Batch:
        """Return the samples ``indices``, (B,); nothing is random."""
        places = {name: place[indices] for name, place in self.places.items()}
        return Batch(
            {n: self._items[n].fetch(p.clamp_min(0), noise) for n, p in places.items()},
            {name: place >= 0 for name, place in places.items()},
            None if self.labels is None else self.labels[indices],
            self._complete,
            sites=None if self._sites is None else self._sites[indices],
        )

    @property
    def nbytes(self) -> int:
        """The size of the values in memory."""
        return sum(view.nbytes for view in self._items.values())

    def on(self, device: torch.device) -> "OuterJoin":
        """Return the same samples, with dense values in memory on ``device``."""
        moved_copy = copy(self)
        moved_copy._items = {name: view.on(device) for name, view in self._items.items()}
        return moved_copy

    def positions(self) -> Tensor | None:
        """Return where each sample lies in the file of the first modality that is in one."""
        return self.places[self._in_files[0]] if self._in_files else None

    def view(self, name: str) -> "Items":
        """Return the items of one modality that have a label."""
        labeled = self.places[name] >= 0
        if self.labels is not None:
            labeled &= self.labels != UNKNOWN
        labels = torch.zeros(len(self), dtype=torch.long) if self.labels is None else self.labels
        return Items(self._items[name], self.places[name][labeled], labels[labeled])

    @property
    def present(self) -> dict[str, Tensor]:
        """Return which samples have each modality, (N,)."""
        return {name: place >= 0 for name, place in self.places.items()}


class _Read(View):
    """All items of one modality, as a reader returns them; labels belong to ids, not to items."""

    def __init__(self, values: Values) -> None:
        self._values = values

    def __len__(self) -> int:
        return len(self._values)

    @property
    def labels(self) -> Tensor:
        return torch.full((len(self),), UNKNOWN)

    @property
    def nbytes(self) -> int:
        return self._values.nbytes if isinstance(self._values, Tensor) else 0

    def on(self, device: torch.device) -> View:
        return _Read(self._values.to(device)) if isinstance(self._values, Tensor) else self

    def fetch(self, indices: Tensor, noise: Noise) -> Tensor:
        return fetched(self._values, indices)


class Items(View):
    """Some items of one modality.

    Arguments:
        items: all items.
        rows: which of them, (N,).
        labels: the class of each of those, (N,).
    """

    def __init__(self, items: View, rows: Tensor, labels: Tensor) -> None:
        self._items, self._rows, self._labels = items, rows, labels

    def __len__(self) -> int:
        """Return N."""
        return len(self._rows)

    @property
    def labels(self) -> Tensor:
        """The class of each item."""
        return self._labels

    def fetch(self, indices: Tensor, noise: Noise) -> Tensor:
        """Return the items ``indices``, (B,); nothing is random."""
        return self._items.fetch(self._rows[indices], noise)


def union(indices: Sequence[pd.Index]) -> pd.Index:
    """Return every id once, in order."""
    return pd.Index(sorted(set().union(*indices)), dtype=object)
