"""The published images: a folder of PNG files for each modality, ``train/m0/RANK.CLASS.png``."""

import os
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from mmcore import MmcoreError
from mmcore.data import FilesMissing, Split
from mmcore.storage.arrays import cached_array
from mmcore.terminal.printing import Console
from mmcore.terminal.progress import Progress

__all__ = ["Listing", "decoded", "listing"]

REVISION = 1
"""Part of the cache key; increase it when decoding changes."""
FOLDERS = ("PolyMNIST", "MMNIST", "polymnist", ".")
NAME = re.compile(r"(\d+)\.(\d)\.png")
SHAPE = (28, 28, 3)
AT_ONCE = 1024


@dataclass(frozen=True, slots=True)
class Listing:
    """The image files of a modality, in the order of class and rank.

    Arguments:
        folder: of the files.
        names: of the files, (N,).
        labels: class of each, (N,).
    """

    folder: Path
    names: tuple[str, ...]
    labels: np.ndarray

    @property
    def keys(self) -> tuple[str, ...]:
        """The names without suffix: an item has the same name in all modalities."""
        return tuple(name.removesuffix(".png") for name in self.names)


def listing(root: Path, split: Split, number: int) -> Listing:
    """Return the files of modality ``number``.

    Raises:
        FilesMissing: there is no such folder.
        MmcoreError: it has no image, or a file with another name.
    """
    folders = [root / folder / split / f"m{number}" for folder in FOLDERS]
    folder = next((folder for folder in folders if folder.is_dir()), None)
    if folder is None:
        raise FilesMissing(folders[:2])
    parsed = [(path.name, NAME.fullmatch(path.name)) for path in folder.glob("*.png")]
    for name, match in parsed:
        if match is None:
            raise MmcoreError(
                f"'{folder / name}' has no name of the form RANK.CLASS.png, such as 0.3.png; remove it,"
                " or unpack PolyMNIST again"
            )
    if not parsed:
        raise MmcoreError(
            f"'{folder}' has no files such as 0.3.png; unpack the PNG files of PolyMNIST there"
        )
    places = sorted((int(match[2]), int(match[1]), name) for name, match in parsed if match)
    names = tuple(name for _, _, name in places)
    return Listing(folder, names, np.array([label for label, _, _ in places]))


def decoded(listed: Listing) -> np.ndarray:
    """Return the images, (N, 28, 28, 3) uint8; they are decoded once and cached on disk.

    Raises:
        MmcoreError: a file is damaged or has another size, or the cache cannot be written.
    """
    paths = [listed.folder / name for name in listed.names]
    marks = [f"{name} {s.st_size} {s.st_mtime_ns}" for name, s in _stats(listed.names, paths)]

    def fill(values: np.ndarray) -> None:
        with Progress(Console(stderr=True)) as bars:
            pictures = bars.track(_pictures(paths), len(paths), "decoding images, once")
            for place, picture in enumerate(pictures):
                values[place] = picture

    return cached_array([f"polymnist {REVISION}", *marks], (len(paths), *SHAPE), np.uint8, fill)


def _stats(names: Sequence[str], paths: Sequence[Path]) -> Iterator[tuple[str, os.stat_result]]:
    return ((name, path.stat()) for name, path in zip(names, paths, strict=True))


def _pictures(paths: Sequence[Path]) -> Iterator[np.ndarray]:
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for start in range(0, len(paths), AT_ONCE):
            yield from pool.map(_picture, paths[start : start + AT_ONCE])


def _picture(path: Path) -> np.ndarray:
    try:
        with Image.open(path) as picture:
            values = np.asarray(picture.convert("RGB"))
    except (OSError, SyntaxError, ValueError) as error:  # what Pillow raises for a damaged file
        raise MmcoreError(
            f"'{path}' is not a readable PNG file ({error}); unpack PolyMNIST again"
        ) from error
    if values.shape != SHAPE:
        raise MmcoreError(
            f"'{path}' has {values.shape[1]} x {values.shape[0]} pixels, expected 28 x 28; unpack"
            " PolyMNIST again"
        )
    return values
