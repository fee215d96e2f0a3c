"""Groups of ids, such as the visits of one patient, that stay on one side of the split."""

import pandas as pd

from mmcore.config.study import StudyData
from mmcore.data.tables.ids import near_duplicates, quoted
from mmcore.data.tables.reading import StudyTables
from mmcore.errors import MmcoreError

__all__ = ["check_disjoint", "groups_of", "is_grouped"]


def is_grouped(study: StudyData) -> bool:
    """Return whether the split is made by a column of groups, and not by the ids."""
    return study.split.by not in ("id", study.id)


def groups_of(study: StudyData, ids: pd.Index, tables: StudyTables) -> pd.Series:
    """Return the group of every id, from all files that have the column ``split.by``.

    Raises:
        MmcoreError: no file has the column, an id has no group, or two files disagree.
    """
    column = study.split.by
    places = {
        (c.file, c.layout): c for c in [study.labels, *study.records.values()] if c and c.file
    }
    parts = [
        tables.column(study, place, column)
        for place in places.values()
        if column in tables.open(place, place.id or study.id).table.names
    ]
    if not parts:
        files = dict.fromkeys(str(file) for file, _ in places)
        raise MmcoreError(
            f"split.by is '{column}', expected 'id' or a column of one of {', '.join(files)}"
        )
    every = pd.concat(parts)
    counts = every.groupby(level=0).nunique()
    several = counts.index[counts > 1]
    if len(several):
        raise MmcoreError(
            f"{len(several)} ids have another '{column}' in one file than in the other, such as"
            f" {quoted(several)}; correct the files"
        )
    tables.notes.extend(near_duplicates(every.unique().tolist(), f"values of '{column}'"))
    every = every[~every.index.duplicated()]
    without = ids.difference(every.index)
    if len(without):
        raise MmcoreError(
            f"{len(without)} ids have no '{column}', by which the split is made, such as"
            f" {quoted(without)}; add it to a file"
        )
    return every.reindex(ids)


def check_disjoint(train: pd.Index, test: pd.Index, what: str) -> None:
    """Check that the training files and the test files have no value in common.

    Raises:
        MmcoreError: they have.
    """
    both = train.intersection(test)
    if len(both):
        raise MmcoreError(
            f"{len(both)} {what} are in the training and in the test files, such as {quoted(both)}; leave"
            " them on one side"
        )
