"""Records, and the model of a run that is applied to them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from mmcore.batch import Batch
from mmcore.config.predict import BatchChoice, Split
from mmcore.data import Data, Samples
from mmcore.data.tables import Reader
from mmcore.encoding import Encoding
from mmcore.errors import MmcoreError
from mmcore.model import Model
from mmcore.noise import Noise
from mmcore.runs.prediction.new_records import known_ids, new_records
from mmcore.runs.prediction.parts import Part
from mmcore.runs.run import Run

__all__ = [
    "Chunk",
    "Query",
    "QuerySplit",
    "held_out_query",
    "open_query",
    "readable_training",
    "training_query",
]

SHOWN = 3
ROWS = 4096
"""Samples that are read at once to find those that are empty."""


@dataclass(frozen=True, slots=True)
class QuerySplit:
    """The records of one split that have at least one value.

    Arguments:
        name: ``train``, ``test``, or ``new`` for records that are new to the run.
        samples: all records of the split.
        ids: of all records.
        rows: indices of the records with a value, (N,).
    """

    name: str
    samples: Samples
    ids: pd.Index
    rows: Tensor

    @classmethod
    def of(cls, name: str, samples: Samples) -> "QuerySplit":
        """Return the records of ``samples`` that have at least one value."""
        ids = samples.ids
        if ids is None:
            ids = pd.Index([f"{name}-{row}" for row in range(len(samples))], dtype=object)
        split = cls(name, samples, ids, torch.arange(len(samples)))
        filled = [
            torch.stack(list(split.fetch(rows).present.values())).any(0)
            for rows in split.rows.split(ROWS)
        ]
        return replace(split, rows=split.rows[torch.cat(filled)] if filled else split.rows)

    def fetch(self, rows: Tensor, seed: int = 0) -> Batch:
        """Return rows of the samples; a value of which all elements are missing is absent."""
        step = int(rows[0]) if len(rows) else 0
        batch = self.samples.fetch(rows, Noise(len(rows), seed=seed, step=step))
        present = {name: mask & ~_empty(batch.values[name]) for name, mask in batch.present.items()}
        complete = frozenset(name for name, mask in present.items() if bool(mask.all()))
        return replace(batch, present=present, complete=complete)


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some records, encoded.

    Arguments:
        split: of the records.
        rows: their indices in the samples of the split, (B,).
        ids: of the records.
        encoding: output of the encoders.
        noise: random numbers of these records, on the model's device.
        present: by modality, which records have it, (B,) bool.
    """

    split: QuerySplit
    rows: Tensor
    ids: pd.Index
    encoding: Encoding
    noise: Noise
    present: Mapping[str, np.ndarray]


@dataclass(frozen=True, slots=True)
class Query:
    """Records of some splits, and the model that is applied to them.

    Arguments:
        model: a trained model.
        data: the records.
        splits: which of them.
        notes: remarks for the user.
        others: further members of an ensemble, whose draws are pooled with those of the model.
    """

    model: Model
    data: Data
    splits: Sequence[QuerySplit]
    notes: list[str] = field(default_factory=list)
    others: Sequence[Model] = ()

    @classmethod
    def of(cls, model: Model, data: Data, split: str = "all") -> "Query":
        """Return a query over one split of the data, or ``all``."""
        splits = [
            QuerySplit.of(name, samples)
            for name, samples in data.splits.items()
            if split in ("all", name)
        ]
        return cls(model, data, splits, [*data.notes, *_without_value(splits)])

    def __len__(self) -> int:
        return sum(len(split.rows) for split in self.splits)

    def part(self, part: Part | None, size: int) -> "Query":
        """Return the query over one part of the records, the whole query if the part is None.

        The parts consist of pieces of ``size`` records, for which `chunks` has the same noise as without
        parts: all parts together have the predictions of the whole query.

        Raises:
            MmcoreError: there are fewer pieces than parts.
        """
        if part is None:
            return self
        pieces = [(s, rows) for s in self.splits for rows in s.rows.split(size)]
        own: dict[str, list[Tensor]] = {}
        for split, rows in part.of(pieces):
            own.setdefault(split.name, []).append(rows)
        some = [replace(s, rows=torch.cat(own[s.name])) for s in self.splits if s.name in own]
        return replace(self, splits=some)

    def pooled(self, others: Sequence[Model]) -> "Query":
        """Return the query with further members of an ensemble."""
        return replace(self, others=others)

    @property
    def models(self) -> list[Model]:
        """The members of an ensemble; the model itself, if it is none."""
        return [self.model, *self.others]

    @torch.no_grad()
    def encoded_by_members(self, chunk: Chunk, seed: int) -> list[Encoding]:
        """Return the records of a chunk, encoded by each of the `models`."""
        if not self.others:
            return [chunk.encoding]
        batch = chunk.split.fetch(chunk.rows, seed).to(self.model.device)
        return [chunk.encoding, *(model.codec.encode(batch) for model in self.others)]

    @property
    def readers(self) -> Mapping[str, Reader]:
        """By modality, how values are written; empty if the data is no study."""
        return self.data.readers

    @property
    def key(self) -> str:
        """The name of the id column."""
        return self.data.key

    @torch.no_grad()
    def chunks(self, size: int, seed: int) -> Iterator[Chunk]:
        """Yield all records, ``size`` at a time, by split and sorted by id."""
        for split in self.splits:
            for rows in split.rows.split(size):
                batch = split.fetch(rows, seed).to(self.model.device)
                noise = Noise(
                    len(rows), seed, int(rows[0]), device=self.model.device, path=split.name
                )
                encoding = self.model.codec.encode(batch)
                masks = encoding.present.cpu().numpy()
                present = dict(zip(self.model.names, masks, strict=True))
                yield Chunk(split, rows, split.ids[rows.numpy()], encoding, noise, present)


def open_query(
    run: Run,
    data: Path | None = None,
    split: Split | None = None,
    *,
    data_dir: Path | None = None,
    accept_changed_data: bool = False,
    batch: BatchChoice = "own",
) -> Query:
    """Return a query over the records of a run, or over new records.

    Arguments:
        run: the run.
        data: a study file with new records; None for the records of the run.
        split: which records of the run; by default all of a study, and the test split of other data.
        data_dir: folder of the data.
        accept_changed_data: whether records of the run may have changed since the training.
        batch: with ``reference``, new records of unknown batches are of the reference batch.

    Raises:
        MmcoreError: records cannot be read, or are not those of the training.
    """
    if data is not None:
        if split is not None:
            raise MmcoreError("--split selects records of the run; leave it out beside --data")
        return Query.of(run.model, new_records(run, data, data_dir, batch))
    default: Split = "test" if run.config.data.study is None else "all"
    own = run.data(data_dir, accept_changed_data=accept_changed_data)
    # The training has printed the others.
    notes = [note for note in own.notes if note not in run.record["data_notes"]]
    return Query.of(run.model, replace(own, notes=notes), split or default)


def training_query(run: Run, query: Query) -> tuple[Query | None, list[str]]:
    """Return a query over the training records of the run, or None, and notes.

    For a query over new records, the training records are read from the folder of the training, and new
    records with their ids have a note.
    """
    try:
        training = readable_training(run, query)
        new = query.data.splits.get("new")
        notes = [] if new is None or new.ids is None else known_ids(new.ids, training.data)
        return training, notes
    except MmcoreError as error:
        return None, [f"no percentile: the training records cannot be read ({error})"]


def readable_training(run: Run, query: Query) -> Query:
    """Return a query over the training records of the run.

    Raises:
        MmcoreError: they cannot be read.
    """
    if "train" in query.data.splits:
        return Query.of(run.model, query.data, "train")
    return Query.of(run.model, run.data(), "train")


def held_out_query(run: Run, query: Query) -> Query:
    """Return a query over the held-out records of the run.

    For a query over new records, they are read from the folder of the training.

    Raises:
        MmcoreError: they cannot be read, or are not those of the training.
    """
    data = query.data if "test" in query.data.splits else run.data()
    return replace(Query.of(query.model, data, "test"), others=query.others)


def _empty(values: Tensor) -> Tensor:
    if not values.is_floating_point():
        return torch.zeros(len(values), dtype=torch.bool)
    return values.isnan().flatten(1).all(1)


def _without_value(splits: Sequence[QuerySplit]) -> list[str]:
    """Return a sentence on the ids that have no value, and thus no row in the result."""
    without: set[str] = set()
    for split in splits:
        without.update(split.ids.delete(split.rows.numpy()))
        for records in split.samples.records.values():
            without.update(records.empty)
    without.difference_update(*(split.ids[split.rows.numpy()] for split in splits))
    if not without:
        return []
    first = ", ".join(f"'{name}'" for name in sorted(without)[:SHOWN])
    which = "1 record has" if len(without) == 1 else f"{len(without)} records have"
    return [f"{which} no value and no row in the result: {first}"]
