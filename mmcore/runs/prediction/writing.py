"""Tables of predictions as files."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pandas as pd

from mmcore.data.tables.formats import format_of
from mmcore.errors import MmcoreError
from mmcore.plugins import Catalogue
from mmcore.storage.files import atomic

__all__ = ["check_place", "write_frames"]


def check_place(path: Path, catalogue: Catalogue | None = None) -> None:
    """Check that a table can be written to ``path``.

    Arguments:
        path: of a file that does not exist.
        catalogue: contains the formats; by default the installed ones.

    Raises:
        MmcoreError: its suffix is unknown, its folder does not exist, or the file exists.
    """
    format_of(path, catalogue or Catalogue.discover())
    if not path.parent.is_dir():
        raise MmcoreError(f"the folder '{path.parent}' of --out does not exist; create it first")
    if path.exists():
        raise MmcoreError(f"'{path}' already exists; delete it, or choose another name with --out")


def write_frames(
    path: Path,
    frames: Iterable[pd.DataFrame],
    catalogue: Catalogue | None = None,
    *,
    raw: bool = False,
) -> int:
    """Write frames of the same columns to one file atomically, and return the number of rows.

    Arguments:
        path: the file; its suffix selects the format.
        frames: one or more.
        catalogue: contains the formats; by default the installed ones.
        raw: whether a text file has texts as they are, even if a spreadsheet runs them as formulas.

    Raises:
        MmcoreError: see `check_place`.
    """
    catalogue = catalogue or Catalogue.discover()
    check_place(path, catalogue)
    rows = 0

    def counted() -> Iterator[pd.DataFrame]:
        nonlocal rows
        for frame in frames:
            rows += len(frame)
            yield frame

    with atomic(path) as temporary:
        format_of(path, catalogue, raw).write(temporary, counted())
    return rows
