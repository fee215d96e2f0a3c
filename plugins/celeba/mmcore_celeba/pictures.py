"""Images in a folder or in a zip file, and their central part."""

import io
import zipfile
from abc import ABC, abstractmethod
from pathlib import Path

import numpy as np
from PIL import Image

from mmcore import MmcoreError

SIDE = 64
WHOLE_WIDTH, CROP = 178, 148
"""The central 148 of 178 columns of an aligned image, in proportion for other sizes."""
KINDS = (".jpg", ".jpeg", ".png")


class Pictures(ABC):
    """Encoded images by file name.

    MUST: `stamps`, `read`.
    """

    @abstractmethod
    def stamps(self) -> dict[str, str]:
        """Return, by file name, a string that changes with the content of the image."""

    @abstractmethod
    def read(self, name: str) -> bytes:
        """Return the bytes of a file; thread-safe."""


class FolderPictures(Pictures):
    """Images in a folder.

    Arguments:
        path: the folder.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def stamps(self) -> dict[str, str]:
        """Return the size and the modification time of each file."""
        stamps = {}
        for file in sorted(self._path.iterdir()):
            if file.suffix.lower() in KINDS:
                status = file.stat()
                stamps[file.name] = f"{status.st_size} {status.st_mtime_ns}"
        return stamps

    def read(self, name: str) -> bytes:
        """Return the bytes of the file."""
        return (self._path / name).read_bytes()


class ZipPictures(Pictures):
    """Images in a zip file, in any folder of it.

    Arguments:
        path: the file.

    Raises:
        MmcoreError: the file is not a complete zip file.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._file = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError) as error:
            raise MmcoreError(
                f"'{path}' is not a complete zip file ({error}); download it again"
            ) from error
        entries = (entry for entry in self._file.infolist() if not entry.is_dir())
        self._entries = {Path(entry.filename).name: entry for entry in entries}

    def stamps(self) -> dict[str, str]:
        """Return the size and the checksum of each file."""
        return {
            name: f"{entry.file_size} {entry.CRC}"
            for name, entry in self._entries.items()
            if Path(name).suffix.lower() in KINDS
        }

    def read(self, name: str) -> bytes:
        """Return the bytes of the unpacked file."""
        return self._file.read(self._entries[name])


def opened(path: Path) -> Pictures:
    """Return the images in a folder or in a zip file."""
    return FolderPictures(path) if path.is_dir() else ZipPictures(path)


def face(encoded: bytes) -> np.ndarray:
    """Return the center of an image, in proportion to its size, resized to (64, 64, 3) uint8.

    For 178 x 218 pixels these are rows 35 to 182 and columns 15 to 162. The filter is bicubic.

    Raises:
        Exception: any error of Pillow for a damaged file.
    """
    with Image.open(io.BytesIO(encoded)) as picture:
        whole = picture.convert("RGB")
    side = min(round(whole.width * CROP / WHOLE_WIDTH), whole.height)
    left, top = (whole.width - side) // 2, (whole.height - side) // 2
    middle = whole.crop((left, top, left + side, top + side))
    return np.asarray(middle.resize((SIDE, SIDE), Image.Resampling.BICUBIC))
