"""The tables and folders from which a study is drafted."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mmcore.config.names import valid_name
from mmcore.data.tables.formats import OpenedTable, open_table
from mmcore.data.tables.formats.base import SeveralTables
from mmcore.data.tables.formats.compressed import COMPRESSED
from mmcore.data.tables.formats.opening import is_table
from mmcore.errors import MmcoreError
from mmcore.plugins import Catalogue

__all__ = ["TEST", "TRAIN", "Entry", "Source", "draft_sources"]

TEST, TRAIN = "test", "train"
Entry = dict[str, str]
"""A part of the study file: options of a modality or of the labels."""


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """A folder, or a table of a file.

    Arguments:
        file: the path of the file or the folder.
        opened: the table; None for a folder of files.
        name: of the modality.
        side: of the split.
        option: of the study file, which names the table, such as ``sheet``.
        table: name of the table, if the file has several.
    """

    file: Path
    opened: OpenedTable | None
    name: str
    side: str
    option: str | None = None
    table: str | None = None

    def entry(self, folder: Path) -> Entry:
        """Return what names it in a study file in ``folder``."""
        place = os.path.relpath(self.file, folder)
        chosen = {} if self.option is None or self.table is None else {self.option: self.table}
        return {"folder" if self.opened is None else "file": place} | chosen


def draft_sources(
    files: Sequence[Path], catalogue: Catalogue
) -> tuple[list[Source], tuple[str, ...]]:
    """Return the tables of all files, and remarks on those that cannot be read.

    Raises:
        MmcoreError: a file cannot be read, or none of its tables.
    """
    sources: list[Source] = []
    notes: list[str] = []
    for file in files:
        side, name = _side(file)
        if not is_table(file, catalogue):
            sources.append(Source(file, None, valid_name(name or file.stem), side))
            continue
        try:
            opened = open_table(file, catalogue)
        except SeveralTables as several:
            sources += _tables(file, several, len(files) == 1, catalogue, notes)
        else:
            sources.append(Source(file, opened, valid_name(name or file.stem), side))
    return sources, tuple(notes)


def _tables(
    file: Path, several: SeveralTables, alone: bool, catalogue: Catalogue, notes: list[str]
) -> list[Source]:
    """Return the tables of a file that can be read; ``notes`` gets a remark on each other one."""
    side, name = _side(file)
    found = []
    for table in several.names:
        try:
            opened = open_table(file, catalogue, options={several.option: table})
        except MmcoreError as error:
            notes.append(f"{file.name}: {several.option} '{table}' is left out: {error}")
            continue
        own = valid_name(table if alone or not name else f"{name}-{table}")
        found.append(Source(file, opened, own, side, several.option, table))
    if not found:
        raise several
    return found


def _side(file: Path) -> tuple[str, str]:
    """Return the split of a file, and its name without the word for the split."""
    stem = Path(file.stem).stem if file.suffix.lower() in COMPRESSED else file.stem
    words = stem.replace("-", "_").split("_")
    side = TEST if TEST in words else TRAIN
    return side, "_".join(word for word in words if word not in (TEST, TRAIN))
