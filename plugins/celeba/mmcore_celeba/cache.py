"""Pictures decoded once, in a file that is mapped into memory."""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import track

from mmcore import MmcoreError
from mmcore_celeba.pictures import CROP, SIDE, WHOLE_WIDTH, Pictures, face

REVISION = 1
"""Raise it when decoding changes."""
AT_ONCE = 512
FEW, SHARE = 10, 0.01
"""So many corrupt pictures, or this share of all, are left out; more are an error."""


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
    """Return the pictures named in ``stamps``, in their order, decoded now or at an earlier time.

    They are kept in the cache folder of the user under a hash of names, contents and settings. A file
    there is whole or not there at all.

    Arguments:
        pictures: where they are read from.
        stamps: what changes with the content of each, by name.
        source: where they are, for messages.

    Raises:
        MmcoreError: more than a few are corrupt, or the cache cannot be written.
    """
    values = _folder() / f"{_digest(stamps)}.npy"
    found = _known(values, len(stamps))
    if found is None:
        try:
            _write(values, pictures, list(stamps), source)
        except OSError as error:
            raise MmcoreError(
                f"the decoded pictures cannot be kept in '{values.parent}' ({error}); make room for"
                f" {len(stamps) * SIDE * SIDE * 3 / 1e6:,.0f} MB there, or name another folder by"
                " XDG_CACHE_HOME"
            ) from error
        found = _known(values, len(stamps))
    assert found is not None, "it was written just now"
    return found


def _folder() -> Path:
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    return cache / "mmcore" / "celeba"


def _digest(stamps: Mapping[str, str]) -> str:
    document = [REVISION, SIDE, CROP, WHOLE_WIDTH, list(stamps.items())]
    return hashlib.sha256(json.dumps(document).encode()).hexdigest()[:32]


def _known(values: Path, count: int) -> Decoded | None:
    try:
        corrupt = tuple(json.loads(values.with_suffix(".json").read_text(encoding="utf-8")))
        faces = np.load(values, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError):
        return None
    whole = faces.shape == (count, SIDE, SIDE, 3) and faces.dtype == np.uint8
    return Decoded(faces, corrupt) if whole else None


def _write(values: Path, pictures: Pictures, names: list[str], source: Path) -> None:
    values.parent.mkdir(parents=True, exist_ok=True)
    temporary = values.with_suffix(f".{os.getpid()}.tmp")
    try:
        shape = (len(names), SIDE, SIDE, 3)
        faces = np.lib.format.open_memmap(temporary, mode="w+", dtype=np.uint8, shape=shape)
        corrupt: list[str] = []
        for place, found in enumerate(_progress(_faces(pictures, names), len(names))):
            if found is None:
                corrupt.append(names[place])
                _check(corrupt, place + 1, len(names), source)
            else:
                faces[place] = found
        faces.flush()
        del faces
        os.replace(temporary, values)
        temporary.write_text(json.dumps(corrupt), encoding="utf-8")
        os.replace(temporary, values.with_suffix(".json"))
    finally:
        temporary.unlink(missing_ok=True)


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
    screen = Console(stderr=True)
    yield from track(faces, "decoding pictures, once", total, console=screen, transient=True)


def _check(corrupt: list[str], seen: int, total: int, source: Path) -> None:
    if len(corrupt) > max(FEW, SHARE * total):
        raise MmcoreError(
            f"{len(corrupt)} of the first {seen} pictures in '{source}' are corrupt, '{corrupt[0]}' first;"
            " fetch them again"
        )
