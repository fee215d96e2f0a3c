"""The records that a question is about, with the run that answers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from mmcore.batch import Batch
from mmcore.data import Source
from mmcore.data.tables import Reader, Records
from mmcore.encoding import Encoding
from mmcore.model import Model
from mmcore.noise import Noise

__all__ = ["Asked", "Chunk", "Part"]


@dataclass(frozen=True, slots=True)
class Part:
    """Records of one split that have anything at all.

    Arguments:
        split: ``train``, ``test``, or ``new`` for records that the run has never seen.
        ids: of every row of ``source``.
        source: where values are.
        records: by modality, the cells as they stand in the files; none where the data is no study.
        rows: which rows of ``source`` are asked about, (N,).
    """

    split: str
    ids: pd.Index
    source: Source
    records: Mapping[str, Records]
    rows: Tensor

    @classmethod
    def of(
        cls, split: str, ids: pd.Index, source: Source, records: Mapping[str, Records]
    ) -> "Part":
        """Return all rows that have a modality with anything in it."""
        part = cls(split, ids, source, records, torch.arange(len(source)))
        found = [
            torch.stack(list(part.fetch(rows).present.values())).any(0)
            for rows in part.rows.split(4096)
        ]
        return replace(part, rows=part.rows[torch.cat(found)] if found else part.rows)

    def fetch(self, rows: Tensor, seed: int = 0) -> Batch:
        """Return rows of the source; a value without a single element that is there is absent."""
        step = int(rows[0]) if len(rows) else 0
        batch = self.source.fetch(rows, Noise(len(rows), seed=seed, step=step))
        present = {name: mask & ~_void(batch.values[name]) for name, mask in batch.present.items()}
        complete = frozenset(name for name, mask in present.items() if bool(mask.all()))
        return replace(batch, present=present, complete=complete)


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some records, encoded.

    Arguments:
        part: where they are from.
        rows: which rows of its source, (B,).
        ids: of each.
        encoding: what the encoders say.
        noise: the randomness of these records, on the model's device.
        present: by modality, which of them have it, (B,) bool.
    """

    part: Part
    rows: Tensor
    ids: pd.Index
    encoding: Encoding
    noise: Noise
    present: Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Asked:
    """A run, and the records that it is asked about.

    Arguments:
        model: of the run.
        readers: by modality, how records are read and written; none where the data is no study.
        parts: the records.
        key: name of the id column.
        notes: remarks on how they were read.
    """

    model: Model
    readers: Mapping[str, Reader]
    parts: Sequence[Part]
    key: str = "id"
    notes: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return sum(len(part.rows) for part in self.parts)

    @torch.no_grad()
    def chunks(self, size: int, seed: int) -> Iterator[Chunk]:
        """Yield all records, ``size`` at a time, split by split and in the order of their ids."""
        for part in self.parts:
            for rows in part.rows.split(size):
                batch = part.fetch(rows, seed).to(self.model.device)
                noise = Noise(
                    len(rows), seed, int(rows[0]), device=self.model.device, path=part.split
                )
                encoding = self.model.codec.encode(batch)
                masks = encoding.present.cpu().numpy()
                present = dict(zip(self.model.names, masks, strict=True))
                yield Chunk(part, rows, part.ids[rows.numpy()], encoding, noise, present)


def _void(values: Tensor) -> Tensor:
    if not values.is_floating_point():
        return torch.zeros(len(values), dtype=torch.bool)
    return values.isnan().flatten(1).all(1)
