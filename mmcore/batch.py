"""A batch of samples, any of whose modalities may be missing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from mmcore.errors import MmcoreError

__all__ = ["UNKNOWN", "Batch", "moved"]

UNKNOWN = -1
"""The label of a sample without a label."""
MOST_INDEXED = 0.9
"""Largest share of rows that are selected before a network runs; copies of more cost as much as they save."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Values by modality, with a mask of the rows that have them.

    Shapes:
        values[name]: (B, *E), as the data set stores them; arbitrary where absent.
        present[name]: (B,), bool.
        labels: (B,) classes or (B, L) binary attributes, for evaluation only; `UNKNOWN` where missing.
        indices[name]: (R,), of the rows for which the networks of the modality run, see `indexed`.
        sites: (B,), int64, the place of the batch of the study, such as the hospital, of each row among
            `mmcore.data.tables.batches.Batches.names`; None: all rows are of the reference batch.

    ``complete`` names modalities whose mask is known to be true in every row, and ``indices`` has
    those whose networks run on some rows only; both avoid unnecessary work and do not change results.

    Example:
        >>> import torch
        >>> from mmcore import Batch
        >>> batch = Batch.of({"a": torch.zeros(3, 5)})
        >>> len(batch), batch.present["a"].tolist()
        (3, [True, True, True])
    """

    values: Mapping[str, Tensor]
    present: Mapping[str, Tensor]
    labels: Tensor | None = None
    complete: frozenset[str] = frozenset()
    indices: Mapping[str, Tensor] = field(default_factory=dict)
    sites: Tensor | None = None

    @classmethod
    def of(
        cls, values: Mapping[str, Tensor], present: Mapping[str, Tensor] | None = None
    ) -> "Batch":
        """Return a batch; a modality without a mask in ``present`` is present in every row.

        Raises:
            MmcoreError: there is no value, the modalities disagree on the number of rows, or a row has no
                modality.
        """
        if not values:
            raise MmcoreError("no values are given; give those of at least one modality")
        sizes = {name: len(value) for name, value in values.items()}
        if len(set(sizes.values())) != 1:
            counts = ", ".join(f"{name}: {size}" for name, size in sizes.items())
            raise MmcoreError(
                f"the modalities of a batch have different numbers of rows ({counts}); "
                "give all modalities the same rows, and mark missing values in 'present'"
            )
        masks = {
            name: torch.ones(len(value), dtype=torch.bool, device=value.device)
            for name, value in values.items()
        }
        complete = frozenset(values).difference(present or {})
        return cls(values, {**masks, **(present or {})}, complete=complete).checked()

    def __len__(self) -> int:
        return len(next(iter(self.values.values())))

    def checked(self) -> "Batch":
        """Return the batch itself if every row has a modality.

        Raises:
            MmcoreError: a row has none.
        """
        if self.complete:
            return self
        nonempty = torch.stack(list(self.present.values())).any(0)
        if not bool(nonempty.all()):
            row = int((~nonempty).nonzero()[0])
            raise MmcoreError(
                f"row {row} of the batch has no modality; drop the row, or give it at least one "
                f"of {', '.join(self.values)}"
            )
        return self

    def only(self, names: Iterable[str]) -> "Batch":
        """Return the batch with the modalities ``names`` only."""
        keep = list(names)
        return replace(
            self,
            values={name: self.values[name] for name in keep},
            present={name: self.present[name] for name in keep},
            complete=self.complete.intersection(keep),
            indices={name: rows for name, rows in self.indices.items() if name in keep},
        )

    def split(self, parts: int) -> "list[Batch]":
        """Return ``parts`` batches, of which number k has the rows k, k + parts, k + 2 parts, ..."""
        if parts == 1:
            return [self]
        return [self._every(slice(first, None, parts)) for first in range(parts)]

    def _every(self, rows: slice) -> "Batch":
        labels = None if self.labels is None else self.labels[rows]
        values = {name: value[rows] for name, value in self.values.items()}
        present = {name: mask[rows] for name, mask in self.present.items()}
        sites = None if self.sites is None else self.sites[rows]
        return Batch(values, present, labels, self.complete, sites=sites)

    def indexed(self) -> "Batch":
        """Return the batch with the indices of the rows of each modality that many rows lack.

        Encoders and decoders then run on these rows alone. The indices are computed on the device of the
        masks; call this on the CPU, because a GPU would have to be waited for.
        """
        most = MOST_INDEXED * len(self)
        names = [name for name in self.values if name not in self.complete]
        each = {name: _indices(self.present[name]) for name in names}
        return replace(self, indices={n: rows for n, rows in each.items() if len(rows) <= most})

    def to(self, device: torch.device) -> "Batch":
        """Return the batch on ``device``; the host does not wait for the copies."""
        return Batch(
            {name: moved(value, device) for name, value in self.values.items()},
            {name: moved(mask, device) for name, mask in self.present.items()},
            None if self.labels is None else moved(self.labels, device),
            self.complete,
            {name: moved(rows, device) for name, rows in self.indices.items()},
            None if self.sites is None else moved(self.sites, device),
        )


def moved(tensor: Tensor, device: torch.device) -> Tensor:
    """Return a tensor on ``device``; the host does not wait for the copy."""
    # A copy from memory that is not pinned waits until the device has finished its earlier work.
    if device.type == "cuda" and tensor.device.type == "cpu":
        tensor = tensor.pin_memory()
    return tensor.to(device, non_blocking=True)


def _indices(present: Tensor) -> Tensor:
    """Return the rows that are present, and absent ones if there are less than two."""
    rows = present.nonzero().squeeze(1)
    if len(rows) > 1:
        return rows
    # Data-parallel training expects a gradient, which no row does not have, of the strides of the parameter,
    # which the gradient of one row may not have.
    return torch.cat([rows, (~present).nonzero().squeeze(1)[: 2 - len(rows)]])
