"""Samples that consist of one item of each view."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from mmcore.batch import Batch
from mmcore.data.source import Source
from mmcore.data.view import View
from mmcore.errors import MmcoreError
from mmcore.noise import Noise, derived_seed

__all__ = ["Paired", "pair_by_label"]


def pair_by_label(labels: Sequence[Tensor], pairings: int, seed: int) -> Tensor:
    """Return a table whose rows name one item of each view, all of the same class.

    A class has ``pairings`` times as many rows as the view with most items of it has items. Every view
    repeats its items of the class in one random order after another, so that the numbers of uses differ
    by at most one. The rows of a single view are its items.

    Shapes:
        labels[m]: (N_m,). returns: (N, M), int64.

    Raises:
        MmcoreError: the views have no class in common.
    """
    if len(labels) == 1:
        return torch.arange(len(labels[0])).unsqueeze(1)
    shared = set.intersection(*(set(view.tolist()) for view in labels))
    if not shared:
        first = "; ".join(str(sorted(set(view.tolist()))[:5]) for view in labels)
        raise MmcoreError(f"the modalities share no label to be paired by; their first are {first}")
    generator = torch.Generator().manual_seed(derived_seed("pairs", seed))
    return torch.cat([_class_table(labels, label, pairings, generator) for label in sorted(shared)])


def _class_table(
    labels: Sequence[Tensor], label: int, pairings: int, generator: torch.Generator
) -> Tensor:
    members = [(view == label).nonzero().squeeze(1) for view in labels]
    rows = pairings * max(len(items) for items in members)
    return torch.stack([_shuffled(items, rows, generator) for items in members], dim=1)


def _shuffled(items: Tensor, rows: int, generator: torch.Generator) -> Tensor:
    rounds = -(-rows // len(items))
    # Sorting random numbers gives a random order; all rounds at once, as a class may have one item.
    keys = torch.rand(rounds, len(items), generator=generator, dtype=torch.double)
    return items[keys.argsort(1)].flatten()[:rows]


class Paired(Source):
    """Samples that an index table joins from the items of several views; no item is copied.

    Arguments:
        views: one for each modality.
        table: (N, M), the item of each view in a sample.
    """

    def __init__(self, views: Mapping[str, View], table: Tensor) -> None:
        self._views = dict(views)
        self._table = table
        self._labels = next(iter(self._views.values())).labels

    def __len__(self) -> int:
        """Return the number of rows of the table."""
        return len(self._table)

    @property
    def labels(self) -> Tensor:
        """The label of each sample, that of its item in the first view."""
        return self._labels[self._table[:, 0]]

    @property
    def nbytes(self) -> int:
        """The size of the items of all views."""
        return sum(view.nbytes for view in self._views.values())

    def on(self, device: torch.device) -> "Paired":
        """Return the same samples, with the items of the views on ``device``."""
        return Paired({name: view.on(device) for name, view in self._views.items()}, self._table)

    def fetch(self, indices: Tensor, noise: Noise) -> Batch:
        """Return the samples ``indices``, (B,)."""
        columns = self._table.index_select(0, indices).unbind(1)
        values = {
            name: view.fetch(column, noise.at(name))
            for (name, view), column in zip(self._views.items(), columns, strict=True)
        }
        everywhere = torch.ones(len(indices), dtype=torch.bool)
        masks = dict.fromkeys(values, everywhere)
        return Batch(values, masks, self._labels.index_select(0, columns[0]), frozenset(values))
