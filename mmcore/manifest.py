"""Hashes of the files of a folder, which show damage."""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from mmcore.config.base import Frozen
from mmcore.errors import MmcoreError
from mmcore.schemas import read_document, write_document

__all__ = ["MANIFEST", "Hashes", "Manifest", "check_files", "file_hash", "hashes"]

MANIFEST = "manifest.json"
Hashes = dict[str, Annotated[str, Field(pattern="^[0-9a-f]{64}$")]]


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


def hashes(folder: Path, names: Iterable[str]) -> dict[str, str]:
    """Return the hash of each of some files of a folder."""
    return {name: file_hash(folder / name) for name in names}


def check_files(folder: Path, files: Mapping[str, str], names: Iterable[str]) -> None:
    """Compare some files of a folder with their hashes.

    Raises:
        MmcoreError: a file is missing, has no hash, or has changed.
    """
    for name in names:
        path = folder / name
        if not path.is_file():
            raise MmcoreError(f"'{path}' is missing")
        if files.get(name) != file_hash(path):
            raise MmcoreError(f"'{path}' is damaged: it does not match its checksum")
