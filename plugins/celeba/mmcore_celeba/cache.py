"""Pictures decoded once, in a file that is mapped into memory."""

import json
import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mmcore import MmcoreError
from mmcore.storage.arrays import cached_array
from mmcore.terminal.printing import Console
from mmcore.terminal.progress import Progress
from mmcore_celeba.pictures import CROP, SIDE, WHOLE_WIDTH, Pictures, face

REVISION = 1
"""Part of the cache key; increase it when decoding changes."""
PICTURE = np.dtype([("face", np.uint8, (SIDE, SIDE, 3)), ("readable", np.bool_)])
AT_ONCE = 512
FEW, SHARE = 10, 0.01
"""Largest number and share of corrupt pictures that are left out; more are an error."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """Decoded pictures.

    Arguments:
        faces: (N, 64, 64, 3) uint8, on disk; zeros where corrupt.
        corrupt: names of the pictures that could not be decoded.
    """

    faces: np.ndarray
    corrupt: tuple[str, ...]


def decoded(pictures: Pictures, stamps: Mapping[str, str], source: Path) -> Decoded:
    """Return the pictures named in ``stamps``, in their order; they are decoded once and cached on disk.

    Arguments:
        pictures: where they are read from.
        stamps: by name, a text that changes with the content.
        source: the folder or the file of the pictures, for messages.

    Raises:
        MmcoreError: more than a few are corrupt, or the cache cannot be written.
    """
    names = list(stamps)

    def fill(values: np.ndarray) -> None:
        corrupt: list[str] = []
        for place, pixels in enumerate(_progress(_faces(pictures, names), len(names))):
            if pixels is None:
                corrupt.append(names[place])
                _check(corrupt, place + 1, len(names), source)
            else:
                values[place] = (pixels, True)

    key = json.dumps([REVISION, SIDE, CROP, WHOLE_WIDTH, list(stamps.items())])
    values = cached_array([key], (len(names),), PICTURE, fill)
    values.flags.writeable = False
    corrupt = tuple(names[place] for place in np.flatnonzero(~values["readable"]))
    return Decoded(values["face"], corrupt)


def _faces(pictures: Pictures, names: list[str]) -> Iterator[np.ndarray | None]:
    def one(name: str) -> np.ndarray | None:
        try:
            return face(pictures.read(name))
        except Exception:  # Pillow and zip raise many kinds on a damaged file
            return None

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for start in range(0, len(names), AT_ONCE):
            yield from pool.map(one, names[start : start + AT_ONCE])


def _progress(faces: Iterator[np.ndarray | None], total: int) -> Iterator[np.ndarray | None]:
    with Progress(Console(stderr=True)) as bars:
        yield from bars.track(faces, total, "decoding pictures, once")


def _check(corrupt: list[str], seen: int, total: int, source: Path) -> None:
    if len(corrupt) > max(FEW, SHARE * total):
        raise MmcoreError(
            f"{len(corrupt)} of the first {seen} pictures in '{source}' are corrupt, '{corrupt[0]}' first;"
            " fetch them again"
        )
