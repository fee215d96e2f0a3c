"""The files of records: paths on the disk, or bytes in the cells of a table."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from mmcore.data.tables.columns import files_of, stamps
from mmcore.data.tables.records import Records
from mmcore.errors import MmcoreError
from mmcore.storage.files import digest

__all__ = ["StoredFile", "stamps_of", "stored_files"]

BYTES, PATH = "bytes", "path"
"""The fields of a cell of Hugging Face ``datasets``; one of them may be empty."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of a record.

    Arguments:
        name: for messages.
        content: the path of a file on the disk, or the bytes of a file in a cell.
    """

    name: str
    content: Path | bytes

    def __str__(self) -> str:
        """Return the name."""
        return self.name

    def open(self) -> BinaryIO:
        """Return the file, open for reading bytes.

        Raises:
            OSError: the file cannot be opened.
        """
        content = self.content
        return content.open("rb") if isinstance(content, Path) else BytesIO(content)


def stored_files(records: Records) -> Iterator[StoredFile]:
    """Yield the file of each row, from one column of paths, of bytes, or of structs of both.

    Raises:
        MmcoreError: the records have several columns, or a file does not exist.
    """
    if not _has_bytes(records):
        yield from (StoredFile(str(path), path) for path in files_of(records))
        return
    for frame in records.frames():
        for row, cell in frame[records.names[0]].items():
            yield _stored(cell, records, str(records.ids[row]))


def stamps_of(records: Records) -> list[str]:
    """Return texts that change when one of the files does, for `mmcore.storage.arrays.cached_array`."""
    if not _has_bytes(records):
        return stamps(files_of(records))
    return [records.stamp, *records.names, digest(map(str, records.ids))]


def _has_bytes(records: Records) -> bool:
    if len(records.names) != 1:
        return False  # files_of refuses them
    first = next(records.frames(), None)
    return first is not None and isinstance(first.iloc[0, 0], bytes | Mapping)


def _stored(cell: Any, records: Records, key: str) -> StoredFile:
    name = f"{records.source}, id {key}"
    given = cell if isinstance(cell, Mapping) else {BYTES: cell}
    if isinstance(given.get(BYTES), bytes):
        return StoredFile(name, given[BYTES])
    if isinstance(given.get(PATH), str):
        path = records.resolve(given[PATH])
        return StoredFile(str(path), path)
    raise MmcoreError(
        f"the column '{records.names[0]}' of '{records.source}' has neither bytes nor a path for the id"
        f" '{key}'; add the file, or remove the row"
    )
