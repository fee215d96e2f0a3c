"""Hashes of the files of a folder, which show damage."""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

from pydantic import Field

from mmcore.config.base import Frozen
from mmcore.errors import MmcoreError
from mmcore.storage.schemas import read_document, write_document

__all__ = ["MANIFEST", "FileHash", "Hashes", "Manifest", "check_files", "file_hash", "hashes"]

MANIFEST = "manifest.json"


class FileHash(Frozen):
    """Hash and size of a file; format 1 has no sizes."""

    sha256: str
    size: int | None = Field(None, description="in bytes; a file of another size is not read")

    @classmethod
    def of(cls, path: Path) -> "FileHash":
        """Return hash and size of a file."""
        return cls(sha256=file_hash(path), size=path.stat().st_size)

    def fits(self, path: Path) -> bool:
        """Return whether a file has this size and this hash."""
        same_size = self.size is None or path.stat().st_size == self.size
        return same_size and file_hash(path) == self.sha256


Hashes = dict[str, FileHash]


class Manifest(Frozen):
    """The SHA-256 hashes of the files of a folder."""

    format: Literal[2] = 2
    files: Hashes = Field(description="by path relative to the folder")

    @classmethod
    def read(cls, path: Path) -> "Manifest | None":
        """Return the manifest in a file, or None if it does not exist.

        Raises:
            MmcoreError: the file is damaged.
        """
        return read_document(path, cls) if path.exists() else None

    def write(self, path: Path) -> None:
        """Write the manifest to a file atomically."""
        write_document(path, self)


def file_hash(path: Path) -> str:
    """Return the SHA-256 hash of a file, in 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def hashes(folder: Path, names: Iterable[str]) -> Hashes:
    """Return hash and size of each of some files of a folder."""
    return {name: FileHash.of(folder / name) for name in names}


def check_files(folder: Path, files: Mapping[str, FileHash], names: Iterable[str]) -> None:
    """Compare some files of a folder with their hashes.

    Raises:
        MmcoreError: a file is missing, has no hash, or has changed.
    """
    for name in names:
        path = folder / name
        if not path.is_file():
            raise MmcoreError(f"'{path}' is missing")
        if name not in files or not files[name].fits(path):
            raise MmcoreError(f"'{path}' is damaged: it does not match its checksum")
