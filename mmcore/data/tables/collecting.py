"""The records of all modalities of a study, with their labels and their split."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mmcore.config.study import LABELS, LabelsConfig, StudyData
from mmcore.data.tables.gathering import Places, gather
from mmcore.data.tables.grouping import by_group, check_apart, column_by_id, groups_of, told_ids
from mmcore.data.tables.outer_join import Labels, union
from mmcore.data.tables.records import Records
from mmcore.data.tables.splitting import held_out
from mmcore.errors import MmcoreError, nearest

__all__ = ["Collected", "collect"]


@dataclass(frozen=True, slots=True)
class Collected:
    """What the files of a study hold.

    Arguments:
        train: by modality, the records of the training ids.
        test: by modality, those of the ids that are held out.
        labels: of ids; None where the study has none.
        notes: remarks on how files were read.
    """

    train: Mapping[str, Records]
    test: Mapping[str, Records]
    labels: Labels | None
    notes: list[str]

    @property
    def train_ids(self) -> pd.Index:
        """The training ids, in order."""
        return union([records.ids for records in self.train.values()])

    @property
    def test_ids(self) -> pd.Index:
        """The ids that are held out, in order."""
        return union([records.ids for records in self.test.values()])


def collect(study: StudyData, places: Places, seed: int) -> Collected:
    """Read the ids of a study's records and split them.

    Raises:
        MmcoreError: a file cannot be read, ids do not fit, or the same id is on both sides.
    """
    everything, notes = {}, []
    for name, config in study.records.items():
        everything[name], told = gather(name, config, study, places)
        notes += told
    labels = None if study.labels is None else _labels(study, study.labels, places)
    _check_filled(everything)
    _check_overlap({name: records.ids for name, records in everything.items()})
    split = study.split
    if isinstance(split.test, float):
        train, test = _by_share(study, everything, labels, places, seed)
    else:
        train, test = everything, _own_files(study, split.test, everything, places)
    found = Collected(train, test, labels, list(dict.fromkeys(notes)))
    _check_labels(found)
    if len(found.train_ids) < 2 or not len(found.test_ids):
        raise MmcoreError(
            f"there are {len(found.train_ids)} training and {len(found.test_ids)} test ids, expected at"
            " least 2 and 1; see 'split' in the study file"
        )
    return found


def _by_share(
    study: StudyData,
    everything: dict[str, Records],
    labels: Labels | None,
    places: Places,
    seed: int,
) -> tuple[dict[str, Records], dict[str, Records]]:
    ids, split = union([records.ids for records in everything.values()]), study.split
    strata = None
    if split.stratify is not None:
        if study.labels is None or labels is None or split.stratify != study.labels.column:
            known = study.labels.column if study.labels else "none; name it under 'labels'"
            raise MmcoreError(
                f"split.stratify is '{split.stratify}', expected the labels' column, which is {known}"
            )
        strata = labels.by_id
    groups = groups_of(study, ids, places) if by_group(study) else None
    assert isinstance(split.test, float), "checked by the caller"
    out = ids[held_out(ids, split.test, seed, groups, strata)]
    train = {name: records.only(~records.ids.isin(out)) for name, records in everything.items()}
    return train, {name: r.only(r.ids.isin(out)) for name, r in everything.items()}


def _own_files(
    study: StudyData, files: Mapping[str, str], train: dict[str, Records], places: Places
) -> dict[str, Records]:
    for name in files:
        if name not in (LABELS, *train):
            raise MmcoreError(
                f"split.test names '{name}', expected modalities of the study or '{LABELS}':"
                f" {', '.join(train)}{nearest(name, train)}"
            )
    there = _moved(study, files)
    test = {
        name: gather(name, there.records[name], there, places)[0]
        if name in there.records
        else records.only(np.zeros(len(records), dtype=bool))
        for name, records in train.items()
    }
    here_ids, there_ids = (union([r.ids for r in side.values()]) for side in (train, test))
    check_apart(here_ids, there_ids, "ids")
    if by_group(study):
        ours, theirs = groups_of(study, here_ids, places), groups_of(there, there_ids, places)
        what = f"values of '{study.split.by}'"
        check_apart(pd.Index(ours.unique()), pd.Index(theirs.unique()), what)
    return test


def _moved(study: StudyData, files: Mapping[str, str]) -> StudyData:
    """Return the study of the test files."""
    records = {}
    for name in study.records.keys() & files:
        place = "folder" if study.records[name].folder is not None else "file"
        records[name] = study.records[name].model_copy(update={place: files[name]})
    labels = study.labels
    if labels is not None and LABELS in files:
        labels = labels.model_copy(update={"file": files[LABELS]})
    return study.model_copy(update={"records": records, "labels": labels})


def _labels(study: StudyData, config: LabelsConfig, places: Places) -> Labels:
    files = [config.file]
    if not isinstance(study.split.test, float) and LABELS in study.split.test:
        files.append(study.split.test[LABELS])
    by_id = pd.concat(
        [column_by_id(study, config.id, file, config.column, places) for file in files]
    )
    twice = by_id.index[by_id.index.duplicated()]
    if len(twice):
        raise MmcoreError(
            f"{len(twice)} ids have a label in both of {' and '.join(files)}, such as {told_ids(twice)};"
            " leave them in one"
        )
    return Labels(by_id, tuple(sorted(by_id.unique())))


def _check_filled(everything: Mapping[str, Records]) -> None:
    for name, records in everything.items():
        if not len(records):
            told = ", ".join(records.names[:5])
            raise MmcoreError(
                f"modality '{name}' has no cell in '{records.source}', "
                + (
                    f"where the columns {told} are empty"
                    if told
                    else "which has no column beside the id"
                )
                + "; fill it, name other columns, or leave the modality out"
            )


def _check_overlap(ids: Mapping[str, pd.Index]) -> None:
    for name, own in ids.items():
        others = union([index for other, index in ids.items() if other != name])
        if len(ids) > 1 and not own.isin(others).any():
            told = "; ".join(f"{n} has {told_ids(index)}" for n, index in ids.items())
            raise MmcoreError(
                f"no id of '{name}' stands in another modality, so nothing can be joined: {told}; see the"
                " id columns"
            )


def _check_labels(found: Collected) -> None:
    if found.labels is not None:
        ids = union([found.train_ids, found.test_ids])
        if not found.labels.by_id.index.isin(ids).any():
            raise MmcoreError(
                f"no label belongs to an id of the records: labels have"
                f" {told_ids(found.labels.by_id.index)}; records have {told_ids(ids)}; see the id columns"
            )
