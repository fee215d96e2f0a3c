"""The id columns of the tables from which a study is drafted."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import pandas as pd

from mmcore.data.tables.draft_sources import Entry, Source
from mmcore.data.tables.formats import OpenedTable
from mmcore.data.tables.ids import UNNAMED, id_texts, unnamed
from mmcore.errors import MmcoreError

__all__ = ["DraftKeys", "draft_keys", "has_fractions"]

MOST_COLUMNS = 50
"""The ids of a table are searched in this number of first columns."""
Tables = dict[str, list[Source]]
"""By modality, its tables of all splits."""
Candidates = dict[str, dict[str, frozenset[str]]]
"""By modality, the ids in each column that can be the id column."""


@dataclass(frozen=True, slots=True)
class DraftKeys:
    """The id columns of a draft.

    Arguments:
        study: the id column of the study; None if no table has one with a name.
        columns: by modality, its id column; modalities without one are left out of the draft.
        notes: remarks on those that are left out.
    """

    study: str | None
    columns: dict[str, str]
    notes: tuple[str, ...] = ()

    def entry(self, name: str) -> Entry:
        """Return the option ``id`` of a modality whose id column has not the name of the study's."""
        own = self.columns.get(name)
        # A column of row names needs no option.
        return {} if own is None or own in (self.study, *UNNAMED) else {"id": own}


def draft_keys(sources: Sequence[Source]) -> DraftKeys:
    """Return the first column that all tables have and that is unique, else columns with common ids.

    A column without a name is that of row names. A table of a file with several is left out if its ids
    are not those of the others.

    Raises:
        MmcoreError: the ids of a file are not those of the others.
    """
    tables: Tables = {}
    for source in sources:
        if source.opened is not None:
            tables.setdefault(source.name, []).append(source)
    row_names = {name: own for name, own in map(_row_names, tables.items()) if own is not None}
    named = [table for name, group in tables.items() if name not in row_names for table in group]
    if not named:
        return DraftKeys(None, row_names)
    shared = _shared([_opened(source) for source in named])
    if shared is not None and not any(source.table for source in sources):
        return DraftKeys(shared, {name: row_names.get(name, shared) for name in tables})
    return _matched(tables, row_names)


def has_fractions(column: pd.Series) -> bool:
    """Return whether a column has numbers that are not whole."""
    return bool(column.dtype.kind == "f" and (column.dropna() % 1 != 0).any())


def _matched(tables: Tables, row_names: Entry) -> DraftKeys:
    """Return the id columns with the most ids in common."""
    candidates = {name: _candidates(group, row_names.get(name)) for name, group in tables.items()}
    first = max(
        ((name, column) for name, columns in candidates.items() for column in columns),
        key=lambda place: (_common(place[0], place[1], candidates), _cells(tables[place[0]])),
        default=None,
    )
    chosen = {} if first is None else _columns_with(candidates[first[0]][first[1]], candidates)
    lost = [name for name in tables if name not in chosen]
    for name in lost:
        if tables[name][0].table is None or not chosen:
            raise _without_ids(tables, name)
    names = Counter(column for name, column in chosen.items() if name not in row_names)
    study = names.most_common(1)[0][0] if names else None
    return DraftKeys(study, chosen, tuple(_left_out(tables[name][0]) for name in lost))


def _candidates(group: Sequence[Source], row_names: str | None) -> dict[str, frozenset[str]]:
    opened = [_opened(source) for source in group]
    names = [row_names] if row_names is not None else _unique(opened)
    ids = {name: pd.concat(id_texts(table, name) for table in opened) for name in names}
    return {name: frozenset(texts) - {""} for name, texts in ids.items()}


def _common(name: str, column: str, candidates: Candidates) -> int:
    """Return how many ids of a column are in the nearest column of each other modality, summed."""
    ids, others = candidates[name][column], (c for n, c in candidates.items() if n != name)
    return sum(max((len(ids & own) for own in columns.values()), default=0) for columns in others)


def _columns_with(ids: frozenset[str], candidates: Candidates) -> Entry:
    """Return, by modality, the column with the most of these ids, if it has any."""
    nearest = {
        name: max(columns, key=lambda column: len(ids & columns[column]))
        for name, columns in candidates.items()
        if columns
    }
    return {name: own for name, own in nearest.items() if ids & candidates[name][own]}


def _row_names(item: tuple[str, list[Source]]) -> tuple[str, str | None]:
    name, group = item
    columns = unnamed(_opened(group[0]))
    return name, columns[0] if columns else None


def _shared(tables: Sequence[OpenedTable]) -> str | None:
    names = [opened.table.names for opened in tables]
    shared = (name for name in names[0] if all(name in other for other in names))
    return next((name for name in shared if all(_is_unique(t, name) for t in tables)), None)


def _unique(tables: Sequence[OpenedTable]) -> list[str]:
    names = islice(tables[0].table.names, MOST_COLUMNS)
    shared = (name for name in names if all(name in table.table.names for table in tables))
    return [name for name in shared if all(_is_unique(table, name) for table in tables)]


def _is_unique(opened: OpenedTable, name: str) -> bool:
    column = pd.concat(frame[name] for frame in opened.table.frames([name]))
    if len(column) > 1 and column.isna().iloc[0]:
        column = column.iloc[1:]  # a row of units has no id, and mmcore data check names the row
    # A measurement may differ in every row too; an id is text or a whole number.
    return bool(column.is_unique and not column.isna().any() and not has_fractions(column))


def _cells(group: Sequence[Source]) -> int:
    return sum(len(_opened(s).table) * len(_opened(s).table.names) for s in group)


def _opened(source: Source) -> OpenedTable:
    assert source.opened is not None, "folders have no id column"
    return source.opened


def _left_out(source: Source) -> str:
    return (
        f"{source.file.name}: {source.option} '{source.table}' is left out, because none of its columns"
        " has ids of the other tables"
    )


def _without_ids(tables: Tables, name: str) -> MmcoreError:
    first = "; ".join(
        f"{source.file.name}: {', '.join(_opened(source).table.names[:4])}"
        for group in tables.values()
        for source in group
    )
    return MmcoreError(
        f"no column of '{tables[name][0].file}' has a different id in every row and ids of the other files,"
        f" and no column is such an id in all files; they begin with {first}; add one with the same ids to"
        " each, or write the study file yourself, with id: NAME in each modality"
    )
