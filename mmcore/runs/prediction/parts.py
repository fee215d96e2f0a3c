"""Predictions in parts: each process computes some of the records and writes its own file."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeVar

from filelock import FileLock

from mmcore.config.base import Frozen
from mmcore.data.tables.formats.opening import suffixes
from mmcore.errors import MmcoreError
from mmcore.plugins import Catalogue
from mmcore.storage.files import TEMPORARY
from mmcore.storage.schemas import read_document, write_document

__all__ = ["Part", "claimed"]

NOTE, LOCK = "_parts.json", ".parts.lock"
"""The command that the parts in a folder belong to; readers of Parquet ignore names with these prefixes."""
SUFFIX = ".parquet"

Piece = TypeVar("Piece")


@dataclass(frozen=True, slots=True)
class Part:
    """One of several parts of the records, which follow each other.

    Arguments:
        number: of the part, from 1.
        count: of all parts.

    Example:
        >>> [Part(number, 2).of("abcde") for number in (1, 2)]
        ['ab', 'cde']
    """

    number: int
    count: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the part of a text such as ``2/8``.

        Raises:
            MmcoreError: it is none.
        """
        numbers = re.fullmatch(r"(\d{1,6})/(\d{1,6})", text.strip())
        part = cls(int(numbers[1]), int(numbers[2])) if numbers else cls(0, 0)
        if not 1 <= part.number <= part.count:
            raise MmcoreError(
                f"--shard is '{text}', expected the number of a part and of all parts, such as 1/8 or 8/8"
            )
        return part

    @property
    def file(self) -> str:
        """The name of the file of the part."""
        return f"part-{self.number:05d}-of-{self.count:05d}{SUFFIX}"

    def of(self, pieces: Sequence[Piece]) -> Sequence[Piece]:
        """Return the pieces of the part; the parts have as many pieces, or one more or less.

        Raises:
            MmcoreError: there are fewer pieces than parts.
        """
        if len(pieces) < self.count:
            raise MmcoreError(
                f"{self.count} parts are too many: a part has at least one piece of the records, and the"
                f" number of pieces is {len(pieces)}; use --shard 1/{len(pieces)} or"
                f" --processes {len(pieces)}"
            )
        first, last = (n * len(pieces) // self.count for n in (self.number - 1, self.number))
        return pieces[first:last]


class _Command(Frozen):
    """The content of the note in a folder of parts."""

    parts: int
    choices: dict[str, str]


def claimed(
    folder: Path, part: Part, choices: Mapping[str, Any], catalogue: Catalogue
) -> Path | None:
    """Return the file for a part in a folder, which is created; None if the part is finished.

    Arguments:
        folder: for the files of all parts.
        part: which part.
        choices: everything that the predictions depend on, such as the options of the command.
        catalogue: contains the formats.

    Raises:
        MmcoreError: the folder is a file, has the name of one, or has the predictions of another command.
    """
    command = _Command(parts=part.count, choices={n: str(value) for n, value in choices.items()})
    _check_name(folder, catalogue)
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / LOCK):  # the processes of a job array begin at the same time
        _note(folder, command)
    path = folder / part.file
    return None if path.exists() else path


def _note(folder: Path, command: _Command) -> None:
    """Write the command to a new folder, or compare it with that of the folder."""
    note = folder / NOTE
    if note.is_file():
        _check_same(folder, read_document(note, _Command), command)
    elif any(not path.name.startswith((LOCK, TEMPORARY)) for path in folder.iterdir()):
        raise MmcoreError(f"'{folder}' has other files; choose a new folder with --out")
    else:
        write_document(note, command)


def _check_name(folder: Path, catalogue: Catalogue) -> None:
    ends = [suffix for suffix in suffixes(catalogue) if folder.name.lower().endswith(suffix)]
    if folder.is_file() or ends:
        raise MmcoreError(
            f"--out is '{folder}', expected the name of a folder, such as '{folder.with_suffix('')}': each"
            f" part is a file {SUFFIX} in it (docs/scale.md)"
        )


def _check_same(folder: Path, known: _Command, command: _Command) -> None:
    if known == command:
        return
    pairs = [("parts", str(known.parts), str(command.parts))]
    names = dict.fromkeys([*known.choices, *command.choices])
    pairs += [(n, known.choices.get(n, "none"), command.choices.get(n, "none")) for n in names]
    name, before, now = next(pair for pair in pairs if pair[1] != pair[2])
    raise MmcoreError(
        f"'{folder}' has parts of another command: {name} is {before} there, and {now} now; repeat that"
        " command, or choose a new folder with --out"
    )
