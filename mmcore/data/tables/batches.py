"""The batch of each record, such as the hospital or the plate, whose effect on numbers is modelled."""

from collections.abc import Sequence

import pandas as pd

from mmcore.config.predict import BatchChoice
from mmcore.config.study import StudyData
from mmcore.data.tables.reading import StudyTables
from mmcore.data.tables.records import Batches
from mmcore.errors import MmcoreError, nearest

__all__ = ["described_batches", "new_batches", "read_batches", "training_batches"]


def read_batches(study: StudyData, tables: StudyTables, ids: pd.Index) -> pd.Series | None:
    """Return the batch of each record as text, by id; None if the study names no batch.

    Arguments:
        study: names the file.
        tables: the tables of the study.
        ids: of all records.

    Raises:
        MmcoreError: the file cannot be read, or a record has no batch.
    """
    if study.batch is None:
        return None
    by_id = tables.column(study, study.batch, study.batch.column)
    lacking = ids.difference(by_id.index)
    if len(lacking):
        raise MmcoreError(
            f"{len(lacking)} of {len(ids)} records have no batch in column '{study.batch.column}' of"
            f" '{study.batch.file}', such as '{lacking[0]}'; add their batches there"
        )
    return by_id


def training_batches(by_id: pd.Series, train: pd.Index, test: pd.Index) -> Batches:
    """Return the batches of a study; the one with the most training records is the reference.

    Arguments:
        by_id: the batch of each record.
        train: ids of the training records.
        test: ids of the held-out records.

    Raises:
        MmcoreError: there is only one batch, or a held-out record is of a batch without training records.
    """
    counts = by_id.reindex(train).value_counts().sort_index()
    names = tuple(map(str, counts.sort_values(ascending=False, kind="stable").index))
    if len(names) < 2:
        raise MmcoreError(
            f"all training records are of the batch '{names[0]}', expected at least two batches; remove"
            " 'batch' from the study file"
        )
    _check_known(by_id.reindex(test), names, "held-out")
    return Batches(by_id, names)


def new_batches(
    study: StudyData,
    tables: StudyTables,
    ids: pd.Index,
    names: tuple[str, ...],
    choice: BatchChoice,
) -> Batches:
    """Return the batches of records that are new to a model.

    Arguments:
        study: names the file.
        tables: the tables of the study.
        ids: of all records.
        names: the batches of the training.
        choice: with ``reference``, a record without a batch, or of another one, is of the reference batch.

    Raises:
        MmcoreError: the file cannot be read, or a batch is missing or unknown.
    """
    if choice == "reference":
        own = None if study.batch is None else tables.column(study, study.batch, study.batch.column)
        return Batches(pd.Series(dtype=object) if own is None else own, names)
    by_id = read_batches(study, tables, ids)
    if by_id is None:
        raise MmcoreError(
            f"the model was trained with the batches {', '.join(names)}, and the study of the new records"
            " names no 'batch'; add it, or use --batch reference; see 'Batch effects' in docs/studies.md"
        )
    _check_known(by_id.reindex(ids), names, "new")
    return Batches(by_id, names)


def _check_known(by_id: pd.Series, names: Sequence[str], which: str) -> None:
    """Check that the batches of some records are among those of the training.

    Raises:
        MmcoreError: one is not.
    """
    others = by_id[~by_id.isin(names)]
    if len(others):
        raise MmcoreError(
            f"the {which} record '{others.index[0]}' is of the batch '{others.iloc[0]}', which has no"
            f" training record, expected {', '.join(names)}{nearest(str(others.iloc[0]), names)};"
            " see 'Batch effects' in docs/studies.md"
        )


def described_batches(batches: Batches, train: pd.Index) -> str:
    """Return a remark on the batches of the training records."""
    counts = batches.by_id.reindex(train).value_counts()
    sizes = ", ".join(f"{name} ({counts[name]})" for name in batches.names)
    return (
        f"batches, whose shifts of numbers are modelled, with their training records: {sizes};"
        f" {batches.names[0]} is the reference"
    )
