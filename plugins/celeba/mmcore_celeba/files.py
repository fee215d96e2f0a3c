"""The files of CelebA: images, attributes, and the partition into training and test."""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mmcore import MmcoreError
from mmcore.data import FilesMissing, Split
from mmcore.noise import derived_seed

if TYPE_CHECKING:
    import pandas as pd

ATTRIBUTES = "list_attr_celeba.txt"
PARTITION = "list_eval_partition.txt"
IDENTITY = "identity_CelebA.txt"
PICTURES = ("img_align_celeba", "img_align_celeba.zip")
PARTS: dict[Split, int] = {"train": 0, "test": 2}
ONE_PERSON_IN = 10
"""One person of this number is a test person if there is no partition file."""


@dataclass(frozen=True, slots=True)
class Listing:
    """The attributes and the part of each image.

    Arguments:
        keys: file names of the images, (N,).
        names: names of the attributes, (L,).
        attributes: (N, L) int8, 0 or 1.
        parts: (N,), 0 for training, 2 for test; other items are not used.
        note: how the parts were made, if not from the official file; else empty.
    """

    keys: tuple[str, ...]
    names: tuple[str, ...]
    attributes: np.ndarray
    parts: np.ndarray
    note: str = ""

    def of(self, split: Split) -> np.ndarray:
        """Return the indices of the items of a split."""
        return np.flatnonzero(self.parts == PARTS[split])


def folder_of(root: Path) -> Path:
    """Return the folder with the files, ``root/celeba`` or ``root``.

    Raises:
        FilesMissing: neither folder has a file of CelebA.
    """
    for folder in (root / "celeba", root):
        if any((folder / name).exists() for name in (ATTRIBUTES, *PICTURES)):
            return folder
    raise FilesMissing([root / "celeba" / ATTRIBUTES, root / "celeba" / PICTURES[1]])


def pictures_in(folder: Path) -> Path:
    """Return the folder or the zip file with the images.

    Raises:
        MmcoreError: neither exists.
    """
    for name in PICTURES:
        if (folder / name).exists():
            return folder / name
    raise MmcoreError(
        f"'{folder}' has no images, expected the folder {PICTURES[0]} or the file {PICTURES[1]};"
        " download the aligned images of CelebA"
    )


def listing(folder: Path) -> Listing:
    """Return the attributes and the parts of all images.

    Raises:
        MmcoreError: a file is missing or damaged.
    """
    path = folder / ATTRIBUTES
    if not path.is_file():
        raise MmcoreError(
            f"'{folder}' has no {ATTRIBUTES}, the attributes of the images; download it from the source of"
            " the images"
        )
    table = _read(path, skiprows=1)
    _check_count(len(table), path)
    keys = tuple(map(str, table.index))
    attributes = (_numbers(table, path, {-1, 0, 1}) > 0).astype(np.int8)
    parts, note = _parts(folder, keys)
    return Listing(keys, tuple(map(str, table.columns)), attributes, parts, note)


def _parts(folder: Path, keys: Sequence[str]) -> tuple[np.ndarray, str]:
    partition, identity = folder / PARTITION, folder / IDENTITY
    if partition.is_file():
        return _column(partition, keys), ""
    if not identity.is_file():
        raise MmcoreError(
            f"'{folder}' has neither {PARTITION} nor {IDENTITY}, which assign people to training and"
            " test; download one of them"
        )
    people = _column(identity, keys)
    held_out = {p for p in np.unique(people) if derived_seed("person", p) % ONE_PERSON_IN == 0}
    parts = np.where(np.isin(people, list(held_out)), PARTS["test"], PARTS["train"])
    known = np.where(people < 0, -1, parts)
    return known, f"no {PARTITION}: one person in {ONE_PERSON_IN} is a test person, by {IDENTITY}"


def _column(path: Path, keys: Sequence[str]) -> np.ndarray:
    """Return the number of each key, -1 where the file has none."""
    import pandas as pd  # two seconds, which the sample does not need

    table = _read(path, header=None, index_col=0)
    if table.shape[1] != 1:
        raise _damaged(path, "expected the name of an image and a number in each line")
    numbers = pd.Series(_numbers(table, path)[:, 0], table.index)
    return numbers.reindex(list(keys), fill_value=-1).to_numpy()


def _check_count(lines: int, path: Path) -> None:
    with path.open(encoding="utf-8") as file:
        announced = file.readline().strip()
    if announced != str(lines):
        raise _damaged(
            path, f"its first line announces {announced} images, and it has {lines} lines"
        )


def _numbers(table: "pd.DataFrame", path: Path, allowed: Set[int] | None = None) -> np.ndarray:
    """Return the integers of a table."""
    import pandas as pd

    numbers = table.apply(pd.to_numeric, errors="coerce")
    wrong = numbers.isna() if allowed is None else ~numbers.isin(allowed)
    if bool(wrong.to_numpy().any()):
        row, column = (int(place[0]) for place in np.nonzero(wrong.to_numpy()))
        expected = "a number" if allowed is None else "1 or -1"
        raise _damaged(
            path,
            f"'{table.iat[row, column]}' is the value of {table.index[row]}, expected {expected}",
        )
    return numbers.to_numpy().astype(np.int64)


def _read(path: Path, **options: object) -> "pd.DataFrame":
    try:
        table = _parsed(path, path.stat().st_mtime_ns, tuple(options.items()))
    except (ValueError, OSError) as error:
        raise _damaged(path, " ".join(str(error).split())) from error
    if table.index.has_duplicates:
        raise _damaged(path, f"{table.index[table.index.duplicated()][0]} has two lines")
    return table


@lru_cache(maxsize=8)
def _parsed(path: Path, stamp: int, options: tuple[tuple[str, object], ...]) -> "pd.DataFrame":
    import pandas as pd

    # Both modalities and all splits read the same files; the stamp changes with the file.
    return pd.read_csv(path, sep=r"\s+", **dict(options))


def _damaged(path: Path, what: str) -> MmcoreError:
    return MmcoreError(f"'{path}' is damaged ({what}); download it again")
