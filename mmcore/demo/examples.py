"""Records that a visitor picks, and the training records that are nearest to a visitor's values."""

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from mmcore.batch import UNKNOWN, Batch
from mmcore.data import Data, Samples
from mmcore.encoding import Encoding
from mmcore.errors import MmcoreError, nearest
from mmcore.inference.representation.batches import encoded
from mmcore.model import Model
from mmcore.noise import Noise, derived_seed

__all__ = ["Examples", "Neighbour", "Neighbours"]

OFFERED = 1000
"""Records that a visitor can pick."""
COMPARED = 2000
"""Training records that are compared."""
NUMBERS = 1 << 23
"""Most numbers of all values of the records that are compared."""
EMPTY = 1e-6
"""Smallest standard deviation of a dimension."""


class Examples:
    """The records that a visitor can pick: held-out ones, if the data has any.

    Arguments:
        data: of the run.
    """

    def __init__(self, data: Data) -> None:
        self._split = "test" if "test" in data.splits else next(iter(data.splits))
        self._samples, self._data = data.splits[self._split], data
        total = len(self._samples)
        order = torch.randperm(total, generator=torch.Generator().manual_seed(0))
        self._rows = order[:OFFERED].sort().values

    @cached_property
    def ids(self) -> dict[str, int]:
        """The index of each record by its id; pairs of items, which have no id, are numbered."""
        known = self._samples.ids
        return {
            f"{self._split}-{row}" if known is None else str(known[row]): row
            for row in self._rows.tolist()
        }

    def batch(self, key: str) -> Batch:
        """Return a record as a batch of one row, with the modalities that it has.

        Raises:
            MmcoreError: there is no such record.
        """
        if key not in self.ids:
            raise MmcoreError(
                f"no record has the id '{key}', expected one such as {', '.join([*self.ids][:3])}"
                f"{nearest(key, self.ids)}"
            )
        batch = fetched(self._samples, torch.tensor([self.ids[key]]))
        if not batch.values:
            raise MmcoreError(f"record '{key}' has no value; pick another one")
        return batch

    def label(self, batch: Batch) -> str:
        """Return the label of a batch of one row in words; empty if it has none."""
        return label_of(self._data, batch.labels)


def fetched(samples: Samples, rows: Tensor) -> Batch:
    """Return one row without the modalities that it lacks, of which all elements may be missing."""
    batch = samples.fetch(rows, Noise(len(rows)))
    names = [
        name
        for name, mask in batch.present.items()
        if bool(mask[0]) and not _is_empty(batch.values[name])
    ]
    return batch.only(names)


def label_of(data: Data, labels: Tensor | None) -> str:
    """Return the label of the first row in words; empty if it is not known."""
    if labels is None:
        return ""
    if labels.dim() > 1:
        names = data.label_names or ()
        return ", ".join(n for n, has in zip(names, labels[0].tolist(), strict=False) if has == 1)
    label = int(labels[0])
    if label == UNKNOWN:
        return ""
    return data.classes[label] if label < len(data.classes) else str(label)


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A training record.

    Arguments:
        key: its id.
        distance: in standard deviations of the training records.
        label: in words; empty if it is not known.
        batch: its values.
    """

    key: str
    distance: float
    label: str
    batch: Batch


class Neighbours:
    """Training records with their encodings.

    Arguments:
        model: a trained model.
        data: of the run.
    """

    def __init__(self, model: Model, data: Data) -> None:
        self._model, self._data = model, data
        self._samples = data.splits.get("train", next(iter(data.splits.values())))
        sizes = sum(model.codec[name].event_shape.numel() for name in model.names)
        generator = torch.Generator().manual_seed(derived_seed("neighbours"))
        order = torch.randperm(len(self._samples), generator=generator)
        self._rows = order[: min(COMPARED, max(1, NUMBERS // sizes))]

    @cached_property
    def _encoding(self) -> Encoding:
        return encoded(self._model, self._samples, self._rows, seed=0).encoding

    @torch.no_grad()
    def of(self, encoding: Encoding, names: list[str], count: int) -> list[Neighbour]:
        """Return the training records that are nearest given the same modalities.

        The distance is that of the posterior means of the content, where each dimension is divided by its
        standard deviation over the training records; it is the root of the mean square.

        Arguments:
            encoding: of one row.
            names: the modalities that are given.
            count: number of records.
        """
        having = self._encoding.has(names)
        if not bool(having.any()):
            return []
        means = self._model.inference(self._encoding.restrict(names).select(having)).mean
        spread = means.std(0, unbiased=False).clamp_min(EMPTY)
        offset = (means - self._model.inference(encoding).mean) / spread
        distance = offset.pow(2).mean(1).sqrt()
        near = distance.topk(min(count, len(distance)), largest=False)
        rows = self._rows[having.nonzero().squeeze(1)[near.indices].cpu()]
        return [self._at(row, d) for row, d in zip(rows, near.values.tolist(), strict=True)]

    def _at(self, row: Tensor, distance: float) -> Neighbour:
        batch, ids = fetched(self._samples, row[None]), self._samples.ids
        key = f"train-{int(row)}" if ids is None else str(ids[int(row)])
        return Neighbour(key, distance, label_of(self._data, batch.labels), batch)


def _is_empty(values: Tensor) -> bool:
    return values.is_floating_point() and bool(values.isnan().all())
