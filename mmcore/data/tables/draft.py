"""A draft of a study file, from the data files."""

import os
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import yaml

from mmcore.config.names import valid_name
from mmcore.data.tables.draft_times import has_types, times_in
from mmcore.data.tables.formats import OpenedTable, open_table
from mmcore.data.tables.formats.compressed import COMPRESSED
from mmcore.data.tables.formats.opening import is_table
from mmcore.data.tables.ids import unnamed
from mmcore.errors import MmcoreError, documented
from mmcore.plugins import Catalogue
from mmcore.terminal.escaping import shown

__all__ = ["draft_study"]

FILES, FOLDERS = "reads files of", "reads folders of"
"""Facts of a modality: the suffixes of the files or folders that it reads."""
TABLES = "tables"
"""In place of suffixes: files of every installed format."""
MOST_CLASSES = 20
MOST_COLUMNS = 2000
"""Of all tables, up to which a draft names the method of tables."""
METHOD = """\
# For imputation, compare the default method with factors (docs/methods.md), which is better on some tables:
# model: {method: factors}
"""
TEST, TRAIN = "test", "train"
HEADER = """\
# Written by mmcore data init; correct what it did not guess. Then:
#
#   mmcore data check {path}
#   mmcore train --config {path}
"""


@documented("studies")
def draft_study(files: Sequence[Path], path: Path, catalogue: Catalogue) -> str:
    """Return the text of a study file in ``path`` for data files and folders.

    A file with an id and one column of few values has the labels, and of AnnData and MuData the first
    column of ``obs`` with few words; ``test_x`` beside ``train_x`` is a test file; the id is the first
    column that all tables have and that is unique. Columns of dates and durations are declared.

    Raises:
        MmcoreError: the format of a file is unknown, or the tables have no column in common.
    """
    tables = {
        file: open_table(file, catalogue=catalogue) for file in files if is_table(file, catalogue)
    }
    key = _id_of(tables)
    parts: dict[str, dict[str, str]] = {}
    times: dict[str, dict[str, str]] = {}
    labels: dict[str, tuple[str, str]] = {}
    for file in files:
        side, name = _side(file)
        opened, place = tables.get(file), os.path.relpath(file, path.parent)
        column = None if opened is None else _label(opened, key)
        annotated = opened is not None and bool(opened.annotations)
        if column is not None and (len(files) > 1 or annotated):
            labels[side] = (place, column)
        if column is None or annotated or len(files) == 1:
            for inner, part in _parts(file, opened, name, catalogue).items():
                parts.setdefault(inner, part)[side] = place
                if opened is not None and has_types(part["kind"], catalogue):
                    times.setdefault(inner, {}).update(times_in(opened, key))
    document = yaml.safe_dump(
        _document(key, parts, times, labels), sort_keys=False, default_flow_style=None, width=1000
    )
    method = METHOD if _is_tabular(parts, tables, catalogue) else ""
    return _header(path, tables) + document + method


def _is_tabular(
    parts: dict[str, dict[str, str]], tables: dict[Path, OpenedTable], catalogue: Catalogue
) -> bool:
    """Return whether all modalities are ordinary tables with a linear model."""
    kinds = {part["kind"] for part in parts.values()}
    linear = all("linear" in catalogue.settings_model("modality", k).model_fields for k in kinds)
    ordinary = not any(opened.annotations for opened in tables.values())
    columns = sum(len(opened.table.names) for opened in tables.values())
    return linear and ordinary and columns <= MOST_COLUMNS


def _header(path: Path, tables: dict[Path, OpenedTable]) -> str:
    """Return comments on what to do, and on what the files with annotations have."""
    notes = [
        f"# {shown(f'{file.name}: {note}')}\n"
        for file, opened in tables.items()
        for note in opened.notes
        if opened.annotations
    ]
    return "".join([HEADER.format(path=path), *notes])


def _parts(
    file: Path, opened: OpenedTable | None, name: str, catalogue: Catalogue
) -> dict[str, dict[str, str]]:
    """Return the modalities in a file or a folder, by name."""
    part = {"kind": _kind(file, opened is None, catalogue)}
    if opened is None:
        return {name: {**part, "where": "folder"}}
    part["where"] = "file"
    inner = {valid_name(m): {**part, "modality": m} for m in opened.modalities}
    return inner or {name: part}


def _document(
    key: str | None,
    parts: dict[str, dict[str, str]],
    times: dict[str, dict[str, str]],
    labels: dict[str, tuple[str, str]],
) -> dict[str, object]:
    document: dict[str, object] = {"id": key} if key else {}
    document["modalities"] = {
        name: {"kind": part["kind"], part["where"]: part.get(TRAIN) or part[TEST]}
        | {option: part[option] for option in ("modality",) if option in part}
        | ({"types": times[name]} if times.get(name) else {})
        for name, part in parts.items()
    }
    split: dict[str, object] = {"test": 0.2}
    tests = {name: part[TEST] for name, part in parts.items() if {TRAIN, TEST} <= part.keys()}
    if tests:
        split["test"] = tests
    if labels:
        file, column = labels.get(TRAIN) or labels[TEST]
        document["labels"] = {"file": file, "column": column}
        if tests and {TRAIN, TEST} <= labels.keys():
            tests["labels"] = labels[TEST][0]
        if not tests:
            split["stratify"] = column
    return {**document, "split": split}


def _side(file: Path) -> tuple[str, str]:
    """Return the split of a file, and its name without the word for the split."""
    stem = Path(file.stem).stem if file.suffix.lower() in COMPRESSED else file.stem
    words = stem.replace("-", "_").split("_")
    side = TEST if TEST in words else TRAIN
    name = "_".join(word for word in words if word not in (TEST, TRAIN))
    return side, valid_name(name or stem)


def _id_of(tables: dict[Path, OpenedTable]) -> str | None:
    tables = {file: opened for file, opened in tables.items() if not unnamed(opened)}
    if not tables:
        return None  # the row names are the ids
    names = [opened.table.names for opened in tables.values()]
    shared = [name for name in names[0] if all(name in other for other in names)]
    unique = [name for name in shared if all(_is_unique(t, name) for t in tables.values())]
    if not unique:
        first = "; ".join(
            f"{file.name}: {', '.join(t.table.names[:4])}" for file, t in tables.items()
        )
        raise MmcoreError(
            f"the files have no column in common that is different in every row, which the id has to be;"
            f" they begin with {first}"
        )
    return unique[0]


def _is_unique(opened: OpenedTable, name: str) -> bool:
    column = pd.concat(frame[name] for frame in opened.table.frames([name]))
    # A measurement may differ in every row too; an id is text or a whole number.
    return bool(column.is_unique and not column.isna().any() and not _has_fractions(column))


def _label(opened: OpenedTable, key: str | None) -> str | None:
    if opened.annotations:
        return next((name for name in opened.annotations if _has_classes(opened, name)), None)
    others = [name for name in opened.table.names if name != key]
    if len(others) != 1:
        return None
    column = pd.concat(frame[others[0]] for frame in opened.cells.frames(others))
    is_class = not _has_fractions(column) and column.nunique() <= MOST_CLASSES
    return others[0] if is_class else None


def _has_classes(opened: OpenedTable, name: str) -> bool:
    """Return whether a column of ``obs`` has words, of which each is in several rows."""
    column = pd.concat(frame[name] for frame in opened.cells.frames([name])).dropna()
    words = column.map(lambda cell: isinstance(cell, str)).all()
    return bool(words and 2 <= column.nunique() <= min(MOST_CLASSES, len(column) // 2))


def _has_fractions(column: pd.Series) -> bool:
    return bool(column.dtype.kind == "f" and (column.dropna() % 1 != 0).any())


def _kind(file: Path, is_folder: bool, catalogue: Catalogue) -> str:
    fact, suffixes = FILES, {file.suffix.lower(), TABLES}
    if is_folder:
        fact, suffixes = FOLDERS, {inner.suffix.lower() for inner in file.rglob("*")}
    readable = {
        name: catalogue.find("modality", name)[1].facts.get(fact, "").split()
        for name in catalogue.names("modality")
    }
    for name, known in readable.items():
        if suffixes & set(known):
            return name
    every = sorted({suffix for known in readable.values() for suffix in known})
    raise MmcoreError(
        f"no installed modality reads '{file}'; those that are installed read {', '.join(every) or 'nothing'}"
    )
