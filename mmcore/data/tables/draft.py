"""A draft of a study file, from the data files."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import yaml

from mmcore.config.names import valid_name
from mmcore.data.tables.draft_ids import draft_keys, has_fractions
from mmcore.data.tables.draft_sources import TEST, TRAIN, Entry, Source, draft_sources
from mmcore.data.tables.draft_types import has_types, types_in
from mmcore.data.tables.formats import OpenedTable
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
"""Largest number of columns of all tables with which a draft names the method for tables."""
METHOD = """\
# For imputation, compare the default method with factors (docs/methods.md), which is better on some tables:
# model: {method: factors}
"""
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
    column of ``obs`` with few words; ``test_x`` beside ``train_x`` is a test file. The id is the first
    column that all tables have and that is unique; else that of each table whose values the others have.
    Columns of dates and durations are declared, and each sheet of a workbook is a table.

    Raises:
        MmcoreError: the format of a file is unknown, or a file has no ids in common with the others.
    """
    sources, left_out = draft_sources(files, catalogue)
    keys = draft_keys(sources)
    notes = [*left_out, *keys.notes]
    sources = [source for source in sources if source.opened is None or source.name in keys.columns]
    parts: dict[str, dict[str, Entry]] = {}
    types: dict[str, dict[str, str]] = {}
    labels: dict[str, Entry] = {}
    for source in sources:
        opened, key = source.opened, keys.columns.get(source.name)
        place = source.entry(path.parent) | keys.entry(source.name)
        column = None if opened is None else _label(opened, key)
        annotated = opened is not None and bool(opened.annotations)
        if column is not None and (len(sources) > 1 or annotated):
            labels[source.side] = {**place, "column": column}
        if column is None or annotated or len(sources) == 1:
            kind = _kind(source.file, opened is None, catalogue)
            if opened is None:
                place["folder"] += _pattern(source.file, kind, catalogue)
            for inner, option in _members(source).items():
                parts.setdefault(inner, {})[source.side] = {"kind": kind, **place, **option}
                if opened is not None and has_types(kind, catalogue):
                    types.setdefault(inner, {}).update(types_in(opened, key))
    document = yaml.safe_dump(
        _document(keys.study, parts, types, labels),
        sort_keys=False,
        default_flow_style=None,
        width=1000,
    )
    method = METHOD if _is_tabular(parts, sources, catalogue) else ""
    return _header(path, sources, notes) + document + method


def _is_tabular(
    parts: dict[str, dict[str, Entry]], sources: Sequence[Source], catalogue: Catalogue
) -> bool:
    """Return whether all modalities are ordinary tables with a linear model."""
    kinds = {entry["kind"] for part in parts.values() for entry in part.values()}
    linear = all("linear" in catalogue.settings_model("modality", k).model_fields for k in kinds)
    tables = [source.opened for source in sources if source.opened is not None]
    ordinary = not any(opened.annotations for opened in tables)
    return linear and ordinary and sum(len(t.table.names) for t in tables) <= MOST_COLUMNS


def _header(path: Path, sources: Sequence[Source], left_out: Sequence[str]) -> str:
    """Return comments on what to do, on what is left out, and on what the files with annotations have."""
    notes = [
        f"{source.file.name}: {note}"
        for source in sources
        if source.opened is not None and source.opened.annotations
        for note in source.opened.notes
    ]
    return "".join([HEADER.format(path=path), *(f"# {shown(n)}\n" for n in [*left_out, *notes])])


def _members(source: Source) -> dict[str, Entry]:
    """Return the modalities of a file or a folder, by name, with the option that chooses each."""
    inner = () if source.opened is None else source.opened.modalities
    return {valid_name(name): {"modality": name} for name in inner} or {source.name: {}}


def _document(
    key: str | None,
    parts: dict[str, dict[str, Entry]],
    types: dict[str, dict[str, str]],
    labels: dict[str, Entry],
) -> dict[str, object]:
    document: dict[str, object] = {"id": key} if key else {}
    document["modalities"] = {
        name: (part.get(TRAIN) or part[TEST]) | ({"types": types[name]} if types.get(name) else {})
        for name, part in parts.items()
    }
    split: dict[str, object] = {"test": 0.2}
    tests = {
        name: _place(part[TEST]) for name, part in parts.items() if {TRAIN, TEST} <= part.keys()
    }
    if tests:
        split["test"] = tests
    if labels:
        entry = labels.get(TRAIN) or labels[TEST]
        document["labels"] = entry
        if tests and {TRAIN, TEST} <= labels.keys():
            tests["labels"] = _place(labels[TEST])
        if not tests:
            split["stratify"] = entry["column"]
    return {**document, "split": split}


def _place(entry: Entry) -> str:
    return entry["file"] if "file" in entry else entry["folder"]


def _label(opened: OpenedTable, key: str | None) -> str | None:
    if opened.annotations:
        return next((name for name in opened.annotations if _has_classes(opened, name)), None)
    others = [name for name in opened.table.names if name != key]
    if len(others) != 1:
        return None
    column = pd.concat(frame[others[0]] for frame in opened.cells.frames(others))
    is_class = not has_fractions(column) and column.nunique() <= MOST_CLASSES
    return others[0] if is_class else None


def _has_classes(opened: OpenedTable, name: str) -> bool:
    """Return whether a column of ``obs`` has words, of which each is in several rows."""
    column = pd.concat(frame[name] for frame in opened.cells.frames([name])).dropna()
    words = column.map(lambda cell: isinstance(cell, str)).all()
    return bool(words and 2 <= column.nunique() <= min(MOST_CLASSES, len(column) // 2))


def _pattern(folder: Path, kind: str, catalogue: Catalogue) -> str:
    """Return the end of a pattern if records have further files, as samples beside headers, or nothing."""
    known = catalogue.find("modality", kind)[1].facts.get(FOLDERS, "").split()
    files = [path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".")]
    own = [path for path in files if path.suffix.lower() in known]
    suffixes = {path.suffix for path in own}
    stems = {path.with_suffix("") for path in own}
    is_double = any(path.with_suffix("") in stems for path in files if path not in own)
    if not is_double or len(suffixes) != 1:
        return ""
    is_flat = all(path.parent == folder for path in own)
    return f"{'' if is_flat else '/**'}/*{suffixes.pop()}"


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
