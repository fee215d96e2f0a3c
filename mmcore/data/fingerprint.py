"""The fingerprint of the data of a run: hashes by which changed data is noticed."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor

from mmcore.config.base import Frozen
from mmcore.data.view import View
from mmcore.noise import Noise
from mmcore.storage.files import digest
from mmcore.storage.manifest import file_hash

__all__ = ["FilesMark", "Fingerprint", "Inputs", "item_digests", "sample_digests"]

ITEMS = 256
"""Items of a data set whose values are hashed; the others are represented by labels and keys."""


class FilesMark(Frozen):
    """Size, time and hash of the files of an input.

    ``size`` is their sum in bytes, ``time`` the latest change in ns since 1970, ``sha256`` the hash of a
    file, or of the names and hashes of several, and ``stats`` that of the names, sizes and times of several.
    """

    files: int
    size: int
    time: int
    sha256: str
    stats: str = ""

    @classmethod
    def of(cls, paths: Sequence[Path], known: "FilesMark | None" = None) -> "FilesMark":
        """Return the mark of files; several files are read only where size or time differ from ``known``."""
        each = [(path, path.stat()) for path in sorted(paths)]
        size, time = sum(s.st_size for _, s in each), max(s.st_mtime_ns for _, s in each)
        if len(each) == 1:
            return cls(files=1, size=size, time=time, sha256=file_hash(paths[0]))
        # Of one file in another's place, the sum of sizes and the latest time may be the same.
        stats = _hash(f"{path.name} {s.st_size} {s.st_mtime_ns}" for path, s in each)
        if known is not None and known.stats == stats:
            return known
        content = _hash(f"{path.name} {file_hash(path)}" for path, _ in each)
        return cls(files=len(each), size=size, time=time, sha256=content, stats=stats)

    def changed_to(self, now: "FilesMark") -> str:
        """Return in which way the files have changed, as a clause."""
        if self.files != now.files:
            return f"{self.files} files then, {now.files} now"
        if self.size != now.size:
            return f"{self.size:,} bytes then, {now.size:,} now"
        if self.time == now.time:
            return "the same size, other content"
        when = datetime.fromtimestamp(now.time / 1e9).isoformat(" ", "seconds")
        return f"the same size, other content since {when}"


def _hash(lines: Iterable[str]) -> str:
    return hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()


class Fingerprint(Frozen):
    """The inputs of a run.

    ``files`` has a mark for each table and each folder of a study, by its name in the study. ``samples``
    has hashes of the ids and masks of a study, or of the items of data sets.
    """

    files: dict[str, FilesMark] = Field({})
    samples: dict[str, Annotated[str, Field(max_length=64)]] = Field({})

    @property
    def content(self) -> dict[str, str]:
        """All hashes by name, without the times of files."""
        return {**{name: mark.sha256 for name, mark in self.files.items()}, **self.samples}

    def difference(self, now: "Fingerprint") -> str:
        """Return what differs between this fingerprint and a later one, as a clause, or nothing."""
        for name, mark in self.files.items():
            if name not in now.files:
                return f"'{name}' is no longer among the files"
            if now.files[name].sha256 != mark.sha256:
                return f"'{name}' has changed ({mark.changed_to(now.files[name])})"
        added = [name for name in now.files if name not in self.files]
        if added:
            return f"'{added[0]}' is new among the files"
        names = dict.fromkeys([*self.samples, *now.samples])
        other = [name for name in names if self.samples.get(name) != now.samples.get(name)]
        return f"{other[0]} have changed" if other else ""


@dataclass(frozen=True, slots=True)
class Inputs:
    """The files and items that data was read from.

    Arguments:
        files: by name of the input, its files.
        samples: hashes of ids, masks and items by description, such as "the training ids".
    """

    files: Mapping[str, Iterable[Path]] = field(default_factory=dict)
    samples: Mapping[str, str] = field(default_factory=dict)

    def fingerprint(self, known: Fingerprint | None = None) -> Fingerprint:
        """Return the fingerprint; see `FilesMark.of` on ``known``."""
        before = known.files if known else {}
        marks = {n: FilesMark.of(list(p), before.get(n)) for n, p in self.files.items()}
        return Fingerprint(files=marks, samples=dict(self.samples))


def sample_digests(split: str, ids: Iterable[str], present: Mapping[str, Tensor]) -> dict[str, str]:
    """Return hashes of the ids of a split of a study, and of the mask of each modality."""
    masks = {f"the {split} records with {n}": digest([_bytes(m)]) for n, m in present.items()}
    return {f"the {split} ids": digest(map(str, ids)), **masks}


def item_digests(views: Mapping[str, View], split: str) -> dict[str, str]:
    """Return a hash of the items of each data set: their number, labels, keys, and some values."""
    return {f"the {split} items of {name}": _items(view) for name, view in views.items()}


def _items(view: View) -> str:
    count = len(view)
    rows = torch.arange(count)[:: max(1, count // ITEMS)]
    values = view.fetch(rows, Noise(len(rows), seed=0).at("fingerprint"))
    return digest(
        [str(count), _bytes(view.labels), *(view.keys or ()), str(values.dtype), _bytes(values)]
    )


def _bytes(values: Tensor) -> bytes:
    return values.detach().contiguous().flatten().view(torch.uint8).numpy().tobytes()
