"""Groups of ids, such as the visits of one patient, that must stay on one side of the split."""

from collections.abc import Iterable

import pandas as pd

from mmcore.config.study import StudyData
from mmcore.data.tables.gathering import Places, id_column
from mmcore.errors import MmcoreError, nearest

__all__ = ["by_group", "check_apart", "column_by_id", "groups_of", "told_ids"]

SHOWN = 3


def by_group(study: StudyData) -> bool:
    """Return whether the split is made by a column, not by the ids themselves."""
    return study.split.by not in ("id", study.id)


def groups_of(study: StudyData, ids: pd.Index, places: Places) -> pd.Series:
    """Return the group of every id, from whichever files have the column ``split.by``.

    Raises:
        MmcoreError: no file has it, an id is in none of them, or two disagree.
    """
    column = study.split.by
    files = {c.file: c.id for c in [study.labels, *study.records.values()] if c and c.file}
    parts = []
    for file, key in files.items():
        if column in places.open(file, (key or study.id,), study.missing).table.names:
            parts.append(column_by_id(study, key, file, column, places))
    if not parts:
        raise MmcoreError(
            f"split.by is '{column}', expected 'id' or a column of one of {', '.join(files)}"
        )
    every = pd.concat(parts)
    torn = every.groupby(level=0).nunique()
    if (torn > 1).any():
        raise MmcoreError(
            f"{int((torn > 1).sum())} ids have another '{column}' in one file than in the other, such as"
            f" {told_ids(torn.index[torn > 1])}; correct the files"
        )
    every = every[~every.index.duplicated()]
    lost = ids.difference(every.index)
    if len(lost):
        raise MmcoreError(
            f"{len(lost)} ids have no '{column}', by which the split is made, such as {told_ids(lost)}"
        )
    return every.reindex(ids)


def column_by_id(
    study: StudyData, key: str | None, file: str, column: str, places: Places
) -> pd.Series:
    """Return a column as text, by id, where it has a value.

    Raises:
        MmcoreError: the file cannot be read, or has no such column.
    """
    key = key or study.id
    opened = places.open(file, (key, column), study.missing)
    if column not in opened.table.names:
        raise MmcoreError(
            f"'{file}' has no column '{column}', expected the labels or groups there; its columns begin"
            f" with {', '.join(opened.table.names[:5])}{nearest(column, opened.table.names)}"
        )
    ids = id_column(opened, key, file)
    cells = pd.concat(frame[column] for frame in opened.table.frames([column]))
    found = pd.Series(cells.to_numpy(), index=ids).dropna()
    return found.astype(str).str.strip()


def check_apart(train: pd.Index, test: pd.Index, what: str) -> None:
    """Check that nothing is on both sides.

    Raises:
        MmcoreError: something is; three at most are named.
    """
    both = train.intersection(test)
    if len(both):
        raise MmcoreError(
            f"{len(both)} {what} are in the training and in the test files, such as {told_ids(both)}; leave"
            " them on one side"
        )


def told_ids(ids: Iterable[object]) -> str:
    """Return three ids at most, in quotes."""
    return ", ".join(f"'{name}'" for name in list(ids)[:SHOWN])
