"""Pictures in a folder or in a zip file, and what of each is kept."""

import io
import zipfile
from abc import ABC, abstractmethod
from pathlib import Path

import numpy as np
from PIL import Image

from mmcore import MmcoreError

SIDE = 64
WHOLE_WIDTH, CROP = 178, 148
"""Of the aligned pictures' 178 columns the middle 148 are kept; others in proportion."""
KINDS = (".jpg", ".jpeg", ".png")


class Pictures(ABC):
    """Encoded pictures by file name.

    MUST: `stamps`, `read`.
    """

    @abstractmethod
    def stamps(self) -> dict[str, str]:
        """Return what changes with the content of each picture, by file name."""

    @abstractmethod
    def read(self, name: str) -> bytes:
        """Return a picture's file, from any thread."""


class FolderPictures(Pictures):
    """Pictures in a folder.

    Arguments:
        path: the folder.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def stamps(self) -> dict[str, str]:
        """Return sizes and times."""
        found = {}
        for file in sorted(self._path.iterdir()):
            if file.suffix.lower() in KINDS:
                status = file.stat()
                found[file.name] = f"{status.st_size} {status.st_mtime_ns}"
        return found

    def read(self, name: str) -> bytes:
        """Return the file."""
        return (self._path / name).read_bytes()


class ZipPictures(Pictures):
    """Pictures in a zip file, in whatever folder of it.

    Arguments:
        path: the file.

    Raises:
        MmcoreError: it is no whole zip file.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._file = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError) as error:
            raise MmcoreError(f"'{path}' is no whole zip file ({error}); fetch it again") from error
        entries = (entry for entry in self._file.infolist() if not entry.is_dir())
        self._entries = {Path(entry.filename).name: entry for entry in entries}

    def stamps(self) -> dict[str, str]:
        """Return checksums, which the zip file keeps."""
        return {
            name: f"{entry.file_size} {entry.CRC}"
            for name, entry in self._entries.items()
            if Path(name).suffix.lower() in KINDS
        }

    def read(self, name: str) -> bytes:
        """Return the unpacked file."""
        return self._file.read(self._entries[name])


def opened(path: Path) -> Pictures:
    """Return the pictures in a folder or in a zip file."""
    return FolderPictures(path) if path.is_dir() else ZipPictures(path)


def face(encoded: bytes) -> np.ndarray:
    """Return the middle of a picture, in proportion to its size, (64, 64, 3) uint8.

    Of 178 x 218 these are the rows 35 to 182 and the columns 15 to 162, made smaller bicubically.

    Raises:
        Exception: what Pillow raises on a damaged file.
    """
    with Image.open(io.BytesIO(encoded)) as picture:
        whole = picture.convert("RGB")
    side = min(round(whole.width * CROP / WHOLE_WIDTH), whole.height)
    left, top = (whole.width - side) // 2, (whole.height - side) // 2
    middle = whole.crop((left, top, left + side, top + side))
    return np.asarray(middle.resize((SIDE, SIDE), Image.Resampling.BICUBIC))
