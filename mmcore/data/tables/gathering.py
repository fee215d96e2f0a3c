"""From the places that a study names to records."""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np
import pandas as pd

from mmcore.config.study import LabelsConfig, RecordsConfig, StudyData
from mmcore.data.tables.formats import OpenedTable, open_table
from mmcore.data.tables.formats.opening import BUNDLED
from mmcore.data.tables.records import FrameTable, Records
from mmcore.errors import MmcoreError, nearest
from mmcore.files import data_folder
from mmcore.plugins import Catalogue

__all__ = ["PATH", "Places", "gather", "id_column"]

EXCEPT = "!"
"""Before a name or pattern of columns: without these."""
PATH = "path"
"""The one column of records that are a folder of files."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where the paths of a study lead.

    Arguments:
        base: the study file's folder.
        root: the data folder, where what is not in ``base`` is looked for.
        allow_outside: whether a path may leave both.
        catalogue: contains the formats of files; by default the installed ones.
    """

    base: Path
    root: Path
    allow_outside: bool = False
    catalogue: Catalogue = field(default_factory=Catalogue.discover, repr=False, compare=False)

    @classmethod
    def of(
        cls, study: StudyData, given: Path | None, catalogue: Catalogue | None = None
    ) -> "Places":
        """Return the places of a study; ``given`` is the value of ``--data-dir``."""
        catalogue = catalogue or Catalogue.discover()
        return cls(Path(study.base), data_folder(given), study.allow_outside, catalogue)

    def open(self, file: str, text: Sequence[str], missing: Sequence[str]) -> OpenedTable:
        """Return the table in a file of the study, or ``sklearn:NAME``, see `open_table`."""
        place = file if file.startswith(BUNDLED) else self.find(file)
        return open_table(place, text, missing, self.catalogue)

    def find(self, name: str) -> Path:
        """Return the file or folder of a path in the study file or in a cell.

        Raises:
            MmcoreError: it leads outside, or nothing is there.
        """
        inside = []
        for folder in (self.base, self.root):
            place = folder / name
            # Dots are resolved, links are not: a folder may well hold links to large data.
            within = Path(os.path.abspath(place)).is_relative_to(os.path.abspath(folder))
            if within or self.allow_outside:
                inside.append(place)
        if not inside:
            raise MmcoreError(
                f"'{name}' lies outside the study's folder '{self.base}'; copy it there, or set"
                " allow_outside: true in the study file"
            )
        for place in inside:
            if place.exists():
                return place
        told = " or ".join(f"'{place}'" for place in inside)
        raise MmcoreError(
            f"there is no {told}; see the spelling, or name the data's folder with --data-dir or MMCORE_DATA"
        )


def gather(
    name: str, config: RecordsConfig, study: StudyData, places: Places
) -> tuple[Records, list[str]]:
    """Return the records of one modality, and remarks.

    Raises:
        MmcoreError: a file cannot be read, an id is missing or stands there twice.
    """
    if config.folder is not None:
        return _folder(name, config.folder, places)
    assert config.file is not None, "checked by RecordsConfig"
    key = config.id or study.id
    opened = places.open(config.file, (key,), study.missing)
    ids = id_column(opened, key, config.file)
    apart = (key, *_labels_in(config.file, study.labels), *_groups_in(study))
    names = _chosen(name, config, opened, apart)
    records = Records(
        modality=name,
        ids=ids,
        names=names,
        table=opened.table,
        resolve=places.find,
        source=config.file,
        stamp=opened.stamp,
        apart=apart,
    )
    return _filled(records), [f"{config.file}: {note}" for note in opened.notes]


def id_column(opened: OpenedTable, key: str, source: str) -> pd.Index:
    """Return the ids of a table as text.

    Raises:
        MmcoreError: there is no such column, an id is missing or stands there twice.
    """
    if key not in opened.table.names:
        raise MmcoreError(
            f"'{source}' has no id column '{key}', its columns begin with"
            f" {', '.join(opened.table.names[:5])}; name the one by id: NAME in the study file"
            f"{nearest(key, opened.table.names)}"
        )
    column = pd.concat(frame[key] for frame in opened.table.frames([key]))
    gaps = column.isna().to_numpy()
    if gaps.any():
        raise MmcoreError(
            f"'{source}' has no id in row {int(gaps.argmax()) + 2}; give every row one"
        )
    ids = pd.Index(column.astype(str).str.strip())
    if ids.has_duplicates:
        twice = ids[ids.duplicated()].unique()
        told = ", ".join(f"'{name}'" for name in twice[:3])
        raise MmcoreError(
            f"'{source}' has {len(twice)} ids that stand there more than once, such as {told}; keep one"
            " row for each id"
        )
    return ids


def _filled(records: Records) -> Records:
    """Drop rows without a single cell: who has none lacks the modality."""
    empty = np.zeros(len(records), dtype=bool)
    for frame in records.frames(records.names[:1]):
        empty[frame.index] = frame.isna().all(axis=1)
    if empty.any():
        for frame in records.frames():
            empty[frame.index] = frame.isna().all(axis=1)
    if not empty.any():
        return records
    return replace(records.only(~empty), empty=records.ids[empty])


def _labels_in(file: str, labels: LabelsConfig | None) -> tuple[str, ...]:
    # A label that stands in the same file is no measurement: the model must not see it.
    return (labels.column,) if labels is not None and labels.file == file else ()


def _groups_in(study: StudyData) -> tuple[str, ...]:
    # Nor is whose a row is, by which the split is made.
    return () if study.split.by == "id" else (study.split.by,)


def _chosen(
    name: str, config: RecordsConfig, opened: OpenedTable, apart: Sequence[str]
) -> tuple[str, ...]:
    others = [column for column in opened.table.names if column not in apart]
    if config.columns is None:
        return tuple(others)
    found: dict[str, None] = {}
    for pattern in config.columns:
        matching = _matching(pattern.removeprefix(EXCEPT), others)
        if not matching:
            raise MmcoreError(
                f"modality '{name}' names column '{pattern}', which '{config.file}' does not have; its"
                f" columns begin with {', '.join(others[:5]) or 'none'}{nearest(pattern, others)}"
            )
        if pattern.startswith(EXCEPT) and pattern not in others:
            found = {column: None for column in found if column not in matching}
        else:
            found |= dict.fromkeys(matching)
    return tuple(found)


def _matching(pattern: str, names: Sequence[str]) -> list[str]:
    return [pattern] if pattern in names else [n for n in names if fnmatchcase(n, pattern)]


def _folder(name: str, folder: str, places: Places) -> tuple[Records, list[str]]:
    parent, pattern = _pattern(folder)
    found = places.find(parent).glob(pattern)
    files = sorted(path for path in found if not path.name.startswith("."))
    ids = pd.Index([path.stem for path in files], dtype=object)
    if not len(ids):
        raise MmcoreError(
            f"the folder '{folder}' of modality '{name}' is empty; expected a file for each id, named by it"
        )
    if ids.has_duplicates:
        twice = ids[ids.duplicated()][0]
        raise MmcoreError(
            f"the folder '{folder}' has two files for the id '{twice}'; keep one, or name a"
            f" pattern such as {parent}/*{files[0].suffix}"
        )
    stamps = [f"{p.name} {p.stat().st_size} {p.stat().st_mtime_ns}" for p in files]
    frame = pd.DataFrame({PATH: [f"{parent}/{path.name}" for path in files]})
    records = Records(
        modality=name,
        ids=ids,
        names=(PATH,),
        table=FrameTable(frame),
        resolve=places.find,
        source=folder,
        stamp=hashlib.sha256("\n".join(stamps).encode()).hexdigest(),
    )
    return records, []


def _pattern(folder: str) -> tuple[str, str]:
    """Return a folder and which of its files are meant: ``ecg/*.hea`` is those of the folder ecg."""
    parent, _, last = folder.rpartition("/")
    return (parent or ".", last) if "*" in last else (folder, "*")
