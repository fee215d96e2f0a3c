"""The records of all modalities of a study, with their labels and their split."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from mmcore.config.study import LABELS, LabelsConfig, StudyData
from mmcore.data.tables.annotations import Annotations, described, read_annotations
from mmcore.data.tables.batches import described_batches, read_batches, training_batches
from mmcore.data.tables.folders import folder_files
from mmcore.data.tables.formats import OpenedTable
from mmcore.data.tables.groups import check_disjoint, groups_of, is_grouped
from mmcore.data.tables.ids import check_common, near_duplicates, quoted, style_hint
from mmcore.data.tables.likely_mistakes import samples_hint
from mmcore.data.tables.missing import MissingWords
from mmcore.data.tables.outer_join import Labels, union
from mmcore.data.tables.paths import PathResolver
from mmcore.data.tables.reading import StudyTables, read_records
from mmcore.data.tables.records import Batches, Records
from mmcore.data.tables.splitting import held_out
from mmcore.errors import MmcoreError, documented, nearest
from mmcore.plugins import Catalogue

__all__ = ["StudyRecords", "read_study"]

ByModality = dict[str, Records]


@dataclass(frozen=True, slots=True)
class StudyRecords:
    """The records of a study, split.

    Arguments:
        train: by modality, the records of the training ids.
        test: by modality, the records of the test ids.
        labels: of ids; None if the study has none.
        paths: where the files are.
        notes: remarks on how files were read.
        annotations: covariates and survival by id; None if the study names none.
        batches: of the ids; None if the study names none.
    """

    train: Mapping[str, Records]
    test: Mapping[str, Records]
    labels: Labels | None
    paths: PathResolver
    notes: list[str]
    annotations: Annotations | None = None
    batches: Batches | None = None

    @property
    def train_ids(self) -> pd.Index:
        """The training ids, sorted."""
        return union([records.ids for records in self.train.values()])

    @property
    def test_ids(self) -> pd.Index:
        """The test ids, sorted."""
        return union([records.ids for records in self.test.values()])


@documented("studies")
def read_study(
    study: StudyData,
    paths: PathResolver,
    seed: int,
    catalogue: Catalogue | None = None,
    given: Mapping[str, OpenedTable] | None = None,
) -> StudyRecords:
    """Read the ids of a study's records and split them; each table is parsed once.

    Arguments:
        study: names the files.
        paths: where the files are.
        seed: of the split.
        catalogue: contains the formats of files; the installed ones if left out.
        given: tables in memory, by the name that the study has in place of a file; with them the study
            may have no test records.

    Raises:
        MmcoreError: a file cannot be read, ids do not match, or an id is in both splits.
    """
    tables = StudyTables(paths, MissingWords.of(study.missing, study.keep_na), catalogue, given)
    everything, notes = {}, []
    for name, config in study.records.items():
        everything[name], remarks = read_records(name, config, study, tables)
        notes += remarks
    labels = None if study.labels is None else _labels(study, study.labels, tables)
    _check_not_empty(everything)
    _check_overlap(everything)
    if isinstance(study.split.test, float):
        train, test = _by_share(study, study.split.test, everything, labels, tables, seed)
    else:
        train, test = everything, _own_files(study, study.split.test, everything, tables)
    ids = union([own.ids for side in (train, test) for own in side.values()])
    annotations = read_annotations(study, tables, ids)
    notes += [] if annotations is None else described(annotations, ids)
    remarks = list(dict.fromkeys([*notes, *tables.notes]))
    records = StudyRecords(train, test, labels, paths, remarks, annotations)
    records = _with_batches(records, read_batches(study, tables, ids))
    records.notes.extend(near_duplicates(records.train_ids.append(records.test_ids)))
    if labels is not None:
        check_common("labels", labels.by_id.index, ids)
    if len(records.train_ids) < 2 or (not len(records.test_ids) and not given):
        raise MmcoreError(
            f"there are {len(records.train_ids)} training and {len(records.test_ids)} test ids, expected"
            " at least 2 and 1; see 'split' in the study file"
        )
    return records


def _with_batches(records: StudyRecords, by_id: pd.Series | None) -> StudyRecords:
    """Return the records with the batch of each, if the study names one."""
    if by_id is None:
        return records
    batches = training_batches(by_id, records.train_ids, records.test_ids)
    records.notes.append(described_batches(batches, records.train_ids))
    sides = (
        {name: replace(own, batches=batches) for name, own in side.items()}
        for side in (records.train, records.test)
    )
    train, test = sides
    return replace(records, train=train, test=test, batches=batches)


def _by_share(
    study: StudyData,
    share: float,
    everything: ByModality,
    labels: Labels | None,
    tables: StudyTables,
    seed: int,
) -> tuple[ByModality, ByModality]:
    ids, split = union([records.ids for records in everything.values()]), study.split
    strata = None
    if split.stratify is not None:
        if study.labels is None or labels is None or split.stratify != study.labels.column:
            known = study.labels.column if study.labels else "none; name it under 'labels'"
            raise MmcoreError(
                f"split.stratify is '{split.stratify}', expected the labels' column, which is {known}"
            )
        strata = labels.by_id
    groups = groups_of(study, ids, tables) if is_grouped(study) else None
    out = ids[held_out(ids, share, seed, groups, strata)]
    train = {name: records.only(~records.ids.isin(out)) for name, records in everything.items()}
    return train, {name: r.only(r.ids.isin(out)) for name, r in everything.items()}


def _own_files(
    study: StudyData, files: Mapping[str, str], train: ByModality, tables: StudyTables
) -> ByModality:
    for name in files:
        if name not in (LABELS, *train):
            raise MmcoreError(
                f"split.test names '{name}', expected modalities of the study or '{LABELS}':"
                f" {', '.join(train)}{nearest(name, train)}"
            )
    test_study = _of_test_files(study, files)
    test = {
        name: read_records(name, test_study.records[name], test_study, tables)[0]
        if name in test_study.records
        else records.only(np.zeros(len(records), dtype=bool))
        for name, records in train.items()
    }
    train_ids, test_ids = (union([r.ids for r in side.values()]) for side in (train, test))
    check_disjoint(train_ids, test_ids, "ids")
    if is_grouped(study):
        groups = groups_of(study, train_ids, tables), groups_of(test_study, test_ids, tables)
        left, right = (pd.Index(side.unique()) for side in groups)
        check_disjoint(left, right, f"values of '{study.split.by}'")
    return test


def _of_test_files(study: StudyData, files: Mapping[str, str]) -> StudyData:
    """Return the study with the test files in place of the training files."""
    records = {}
    for name in study.records.keys() & files:
        place = "folder" if study.records[name].folder is not None else "file"
        records[name] = study.records[name].model_copy(update={place: files[name]})
    labels = study.labels
    if labels is not None and LABELS in files:
        place = "folder" if labels.folder is not None else "file"
        labels = labels.model_copy(update={place: files[LABELS]})
    return study.model_copy(update={"records": records, "labels": labels})


def _labels(study: StudyData, config: LabelsConfig, tables: StudyTables) -> Labels:
    sources = [(config, study)]
    if not isinstance(study.split.test, float) and LABELS in study.split.test:
        test_study = _of_test_files(study, study.split.test)
        assert test_study.labels is not None, "the study has labels"
        sources.append((test_study.labels, test_study))
    by_id = pd.concat([_classes(own, study, tables) for own, study in sources])
    twice = by_id.index[by_id.index.duplicated()]
    if len(twice):
        both = " and ".join(str(own.file or own.folder) for own, _ in sources)
        raise MmcoreError(
            f"{len(twice)} ids have a label in both of {both}, such as {quoted(twice)}; leave them in one"
        )
    return Labels(by_id, tuple(sorted(by_id.unique())))


def _classes(config: LabelsConfig, study: StudyData, tables: StudyTables) -> pd.Series:
    if config.file is not None:
        return tables.column(study, config, config.column)
    assert config.folder is not None, "checked by LabelsConfig"
    classes = folder_files("the labels", config.folder, config.id, tables.paths).classes()
    if not len(classes):
        raise MmcoreError(
            f"the folder '{config.folder}' of the labels has no folders, expected one for each class"
        )
    return classes


def _check_not_empty(everything: Mapping[str, Records]) -> None:
    for name, records in everything.items():
        if not len(records):
            columns = ", ".join(records.names[:5])
            raise MmcoreError(
                f"modality '{name}' has no cell in '{records.source}', "
                + (
                    f"where the columns {columns} are empty"
                    if columns
                    else "which has no column beside the id"
                )
                + "; fill it, name other columns, or leave the modality out"
            )


def _check_overlap(everything: Mapping[str, Records]) -> None:
    ids = {name: records.ids for name, records in everything.items()}
    for name, own in ids.items():
        others = union([index for other, index in ids.items() if other != name])
        if len(ids) > 1 and not own.isin(others).any():
            first = "; ".join(f"{n} has {quoted(index)}" for n, index in ids.items())
            raise MmcoreError(
                f"no id of '{name}' occurs in another modality, so nothing can be joined: {first}; "
                + (style_hint(own, others) or samples_hint(everything) or "see the id columns")
            )
