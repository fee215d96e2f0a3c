"""Reading of the files and folders of a study as records."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

import numpy as np
import pandas as pd

from mmcore.config.layout import TableLayout
from mmcore.config.study import (
    BatchConfig,
    CovariatesConfig,
    LabelsConfig,
    RecordsConfig,
    StudyData,
    SurvivalConfig,
)
from mmcore.data.tables.arranging import arranged
from mmcore.data.tables.folders import folder_files
from mmcore.data.tables.formats import OpenedTable, open_table
from mmcore.data.tables.formats.opening import BUNDLED
from mmcore.data.tables.ids import ids_of, unnamed
from mmcore.data.tables.missing import MissingWords
from mmcore.data.tables.paths import PathResolver
from mmcore.data.tables.records import FrameTable, Records
from mmcore.errors import MmcoreError, nearest
from mmcore.plugins import Catalogue

__all__ = ["PATH", "StudyTables", "read_records"]

EXACT = 2**53
"""Up to which numbers of double precision are exact; larger ones may have no integer of 64 bits."""
EXCEPT = "!"
"""Prefix of a column name or pattern that is excluded."""
PATH = "path"
"""The one column of records that are a folder of files."""


_Ids = tuple[pd.Index, list[str]]
Place = RecordsConfig | LabelsConfig | CovariatesConfig | SurvivalConfig | BatchConfig


class StudyTables:
    """The tables of a study, each of which is parsed once.

    Arguments:
        paths: where files are.
        missing: words that mark a missing cell.
        catalogue: the formats of files; those of the installed plug-ins by default.
        given: tables in memory, by the name that the study has in place of a file.
    """

    def __init__(
        self,
        paths: PathResolver,
        missing: MissingWords | None = None,
        catalogue: Catalogue | None = None,
        given: Mapping[str, OpenedTable] | None = None,
    ) -> None:
        self.paths = paths
        self._given = given or {}
        self._missing = missing or MissingWords()
        self._catalogue = catalogue or Catalogue.discover()
        self._opened: dict[tuple[str, TableLayout, str], OpenedTable] = {}
        self._ids: dict[tuple[int, str, str], _Ids] = {}
        self.notes: list[str] = []

    def open(self, config: Place, key: str) -> OpenedTable:
        """Return a table, with a row for each id.

        Arguments:
            config: names the file, and how it is arranged.
            key: name of the id column.

        Raises:
            MmcoreError: the file cannot be read.
        """
        file = config.file
        assert file is not None, "checked by the configuration"
        if file in self._given:
            return replace(self._given[file], missing=self._missing)
        layout = config.layout
        entry = file, layout, key if layout.transpose or layout.long else ""
        if entry not in self._opened:
            place = file if file.startswith(BUNDLED) else self.paths.of_input(file)(file)
            opened = open_table(place, self._catalogue, self._missing, layout.options)
            for path in opened.beside:
                self.paths.of_input(file)(os.path.abspath(path))
            self._opened[entry] = arranged(opened, layout, key, file)
        return self._opened[entry]

    def ids(self, opened: OpenedTable, key: str, source: str, style: str) -> _Ids:
        """Return the ids of a table and remarks, see `ids_of`; modalities of one table share them."""
        entry = id(opened.table), key, style
        if entry not in self._ids:
            self._ids[entry] = ids_of(opened, key, source, style)
        return self._ids[entry]

    def column(self, study: StudyData, config: Place, column: str) -> pd.Series:
        """Return a column as text, by id, without the ids that have no value.

        Raises:
            MmcoreError: the file cannot be read, or has no such column.
        """
        key, file = config.id or study.id, config.file
        opened = self.open(config, key)
        if column not in opened.table.names:
            raise MmcoreError(
                f"'{file}' has no column '{column}', expected there by the study; its columns begin"
                f" with {', '.join(opened.table.names[:5])}{nearest(column, opened.table.names)}"
            )
        ids, _ = self.ids(opened, key, str(file), study.id_style)
        cells = pd.concat(frame[column] for frame in opened.cells.frames([column], [column]))
        for word, count in opened.cells.counts([column]).get(column, {}).items():
            usual = word in self._missing.usual
            self.notes.append(
                f"'{word}' counts as missing in {count} cells of column '{column}' of '{file}'"
                + "; if it is a word like others, write keep_na: true in the study file" * usual
            )
        values = pd.Series(cells.to_numpy(), index=ids).dropna()
        return _whole(values).astype(str).str.strip()


def _whole(cells: pd.Series) -> pd.Series:
    """Return whole numbers as integers: a column of integers with a missing cell has 2.0 for 2."""
    if not pd.api.types.is_float_dtype(cells):
        return cells
    is_whole = bool(((cells % 1 == 0) & (cells.abs() <= EXACT)).all())
    return cells.astype("int64") if is_whole and len(cells) else cells


def apart_columns(study: StudyData, file: str, key: str | None) -> tuple[str, ...]:
    """Return the columns of a file that are no measurements: the id, the label, and others."""
    return (
        key or study.id,
        *_labels_in(file, study.labels),
        *_groups_in(study),
        *_annotations_in(file, study),
    )


def read_records(
    name: str, config: RecordsConfig, study: StudyData, tables: StudyTables
) -> tuple[Records, list[str]]:
    """Return the records of one modality, and remarks.

    Raises:
        MmcoreError: a file cannot be read, or an id is missing or not unique.
    """
    if config.folder is not None:
        return _folder(name, config.folder, config.id, tables.paths)
    assert config.file is not None, "checked by RecordsConfig"
    key = config.id or study.id
    opened = tables.open(config, key)
    ids, remarks = tables.ids(opened, key, config.file, study.id_style)
    apart = (*apart_columns(study, config.file, config.id), *unnamed(opened))
    chosen = _chosen(name, config, opened, _without_named_id(config, apart))
    if not chosen and opened.annotations:
        raise MmcoreError(
            f"modality '{name}' has no columns in '{config.file}' beside {', '.join(opened.annotations[:5])},"
            f" which are read if 'columns' names them; {'; '.join(opened.notes)}"
        )
    records = Records(
        modality=name,
        ids=ids,
        names=chosen,
        table=opened.cells,
        resolve=tables.paths.of_input(
            f"{config.file}, files named there", config.file.rpartition("/")[0]
        ),
        source=config.file,
        stamp=opened.stamp,
        apart=(*apart, *opened.annotations),
    )
    return _filled(records), [f"{config.file}: {note}" for note in (*opened.notes, *remarks)]


def _filled(records: Records) -> Records:
    """Drop rows in which all cells are missing: such a record lacks the modality."""
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
    # A label in the file of a modality is no measurement: the model must not see it.
    return (labels.column,) if labels is not None and labels.file == file else ()


def _groups_in(study: StudyData) -> tuple[str, ...]:
    # Nor is the group, such as the patient, by which the split is made.
    return () if study.split.by == "id" else (study.split.by,)


def _annotations_in(file: str, study: StudyData) -> tuple[str, ...]:
    covariates, survival, batch = study.covariates, study.survival, study.batch
    columns: tuple[str, ...] = ()
    if batch is not None and batch.file == file:
        columns += (batch.column,)
    if covariates is not None and covariates.file == file:
        columns += covariates.columns
    if survival is not None:
        place = survival.file or (covariates.file if covariates is not None else None)
        columns += (survival.time, survival.event) if place == file else ()
    return columns


def _without_named_id(config: RecordsConfig, apart: Sequence[str]) -> Sequence[str]:
    # The id can be the path of the file, as in metadata.csv of Hugging Face, if the study names it twice.
    return apart[1:] if apart[0] in (config.columns or ()) else apart


def _chosen(
    name: str, config: RecordsConfig, opened: OpenedTable, apart: Sequence[str]
) -> tuple[str, ...]:
    others = dict.fromkeys(column for column in opened.table.names if column not in apart)
    measured = {column: None for column in others if column not in opened.annotations}
    if config.columns is None:
        return tuple(measured)
    chosen: dict[str, None] = {}
    for pattern in config.columns:
        plain = pattern.removeprefix(EXCEPT)
        matching = [plain] if plain in others else [n for n in measured if fnmatchcase(n, plain)]
        if not matching:
            raise MmcoreError(
                f"modality '{name}' names column '{pattern}', which '{config.file}' does not have; its"
                f" columns begin with {', '.join([*others][:5]) or 'none'}{nearest(pattern, others)}"
            )
        if pattern.startswith(EXCEPT) and pattern not in others:
            chosen = {column: None for column in chosen if column not in matching}
        else:
            chosen |= dict.fromkeys(matching)
    return tuple(chosen)


def _folder(
    name: str, folder: str, style: str | None, paths: PathResolver
) -> tuple[Records, list[str]]:
    content = folder_files(f"modality '{name}'", folder, style, paths)
    records = Records(
        modality=name,
        ids=content.ids,
        names=(PATH,),
        table=FrameTable(pd.DataFrame({PATH: content.paths})),
        resolve=paths.of_input(folder),
        source=folder,
        stamp=content.stamp,
    )
    return records, list(content.notes)
