"""From the folder of a run, and maybe new records, to what is asked."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeVar

import pandas as pd

from mmcore.config.predict import Split
from mmcore.config.study import StudyConfig
from mmcore.data import Source
from mmcore.data.tables import Places, Reader, collect, gather_records, join, readers_of
from mmcore.data.tables.outer_join import union
from mmcore.errors import MmcoreError
from mmcore.model import Model
from mmcore.plugins import Catalogue
from mmcore.runs.folder import read_config_or_study
from mmcore.runs.predict.query import Asked, Part
from mmcore.runs.run import FinishedRun

__all__ = ["ask"]

SHOWN = 3
Kept = TypeVar("Kept")


def ask(
    path: Path,
    data: Path | None = None,
    split: Split | None = None,
    *,
    data_dir: Path | None = None,
    catalogue: Catalogue | None = None,
) -> Asked:
    """Return a run and the records that it is asked about: its own, or those of another study.

    Arguments:
        path: folder of a finished run.
        data: a study file with new records; those of the run if left out.
        split: which of the run's own; by default all of a study, of other data the test split.
        data_dir: folder of the data.
        catalogue: where components are found; the installed plug-ins if left out.

    Raises:
        MmcoreError: no finished run, or records that cannot be read.
    """
    catalogue = catalogue or Catalogue.discover()
    run = FinishedRun.open(path, catalogue)
    if data is not None:
        if split is not None:
            raise MmcoreError("--split is of the run's own records; leave it out beside --data")
        return _new(run.model, data, data_dir, catalogue)
    if run.config.data.study is None:
        return _own(run, split or "test", data_dir, catalogue)
    return _own_study(run, split or "all", data_dir, catalogue)


def _new(model: Model, file: Path, data_dir: Path | None, catalogue: Catalogue) -> Asked:
    found = read_config_or_study(file)
    if not isinstance(found, StudyConfig):
        raise MmcoreError(
            f"'{file}' is the configuration of a run, expected a study file with 'modalities'"
        )
    study = found.data(str(file.parent.resolve()))
    records, notes = gather_records(study, model.names, data_dir, catalogue)
    _check_kinds(found, model, file)
    # Those that the records do not name are filled in too, where they can be written.
    wanted = {
        name: m
        for name, m in model.config.modalities.items()
        if name in records or catalogue.find("modality", m.kind)[1].reader
    }
    readers = readers_of(wanted, catalogue)
    joined, told = join(records, {name: readers[name] for name in records})
    part = Part.of("new", joined.ids, joined, records)
    return Asked(model, readers, [part], study.id, [*notes, *told, *_left_out([part])])


def _check_kinds(study: StudyConfig, model: Model, file: Path) -> None:
    for name, modality in study.modalities.items():
        wanted = model.config.modalities[name].kind
        if modality.kind != wanted:
            raise MmcoreError(
                f"'{file}' says that '{name}' is of kind '{modality.kind}', the run was trained with"
                f" '{wanted}'; correct the study file"
            )


def _own_study(
    run: FinishedRun, split: Split, data_dir: Path | None, catalogue: Catalogue
) -> Asked:
    root, study = run.root(data_dir), run.config.data.study
    assert study is not None, "checked by the caller"
    found = collect(study, Places.of(study, root, catalogue), run.config.seed)
    readers = readers_of(run.config.model.modalities, catalogue)
    items = {n: {"train": len(found.train[n]), "test": len(found.test[n])} for n in readers}
    run.check(items, root)
    parts, notes = [], list(found.notes)
    for name, records in _chosen(split, {"train": found.train, "test": found.test}).items():
        joined, told = join(records, readers, stored=run.model.codec.stored)
        parts.append(Part.of(name, joined.ids, joined, records))
        notes += told
    return Asked(run.model, readers, parts, study.id, [*notes, *_left_out(parts)])


def _own(run: FinishedRun, split: Split, data_dir: Path | None, catalogue: Catalogue) -> Asked:
    data = run.data(data_dir, catalogue)
    sources: dict[str, Source] = {"train": data.probe, "test": data.test}
    parts = [
        Part.of(name, _numbered(name, len(source)), source, {})
        for name, source in _chosen(split, sources).items()
    ]
    readers: dict[str, Reader] = {}
    return Asked(run.model, readers, parts, notes=list(data.notes))


def _chosen(split: Split, parts: Mapping[str, Kept]) -> dict[str, Kept]:
    return {name: part for name, part in parts.items() if split in ("all", name)}


def _numbered(split: str, rows: int) -> pd.Index:
    return pd.Index([f"{split}-{number}" for number in range(rows)], dtype=object)


def _left_out(parts: Iterable[Part]) -> list[str]:
    """Return a sentence on the ids that have nothing at all."""
    every: list[pd.Index] = []
    kept: list[pd.Index] = []
    for part in parts:
        every += [part.ids, *(records.empty for records in part.records.values())]
        kept.append(part.ids[part.rows.numpy()])
    lost = union(every).difference(union(kept))
    if not len(lost):
        return []
    told = ", ".join(f"'{name}'" for name in lost[:SHOWN])
    which = "1 record has" if len(lost) == 1 else f"{len(lost)} records have"
    return [f"{which} nothing at all and no place in the answer: {told}"]
