"""The ids of a table as text, and ids that may be two spellings of one."""

import re
from collections.abc import Iterable, Sequence

import pandas as pd

from mmcore.data.tables.formats import OpenedTable
from mmcore.data.tables.formats.base import ROW_NAMES
from mmcore.errors import MmcoreError, nearest

__all__ = ["ids_of", "quoted", "style_hint", "twins", "unnamed"]

SHOWN = 3
ROW = "row"
"""Name of the id column of a table whose ids are the numbers of its rows."""
UNNAMED = (ROW_NAMES, "", "Unnamed: 0", "__index_level_0__", "...1")
"""Names of a column of row names in files of R and pandas, which have no name for it."""
WHOLE = re.compile(r"([+-]?)0*(\d+)(?:\.0*)?")


def quoted(ids: Iterable[object]) -> str:
    """Return the first three ids, in quotes."""
    return ", ".join(f"'{name}'" for name in list(ids)[:SHOWN])


def unnamed(opened: OpenedTable) -> tuple[str, ...]:
    """Return the columns that hold row names without a name."""
    return tuple(name for name in opened.table.names if name in UNNAMED)


def ids_of(
    opened: OpenedTable, key: str, source: str, style: str = "exact"
) -> tuple[pd.Index, list[str]]:
    """Return the ids of a table as text, and remarks.

    A single column without a name is the id column if no column has the name ``key``. If ``key`` is
    ``row`` and no column has this name, ids are the numbers of the rows, from 1.

    Arguments:
        opened: the table.
        key: name of the id column.
        source: the file, for messages.
        style: ``exact``, ``trimmed`` or ``integer``, see `StudyData.id_style`.

    Raises:
        MmcoreError: the id column is missing, or an id is missing or not unique.
    """
    if key == ROW and ROW not in opened.table.names:
        numbers = pd.Index([str(number + 1) for number in range(len(opened.table))], dtype=object)
        return numbers, [f"its ids are the numbers of its rows, 1 to {len(numbers)}"]
    column, remarks = _column(opened, key, source)
    cells = pd.concat(frame[column] for frame in opened.table.frames([column], [column]))
    texts = cells.astype(object).where(cells.notna(), "").astype(str)
    gaps = (texts.str.strip() == "").to_numpy()
    if gaps.any():
        raise MmcoreError(
            f"'{source}' has no id in row {int(gaps.argmax()) + 2}; give every row one"
        )
    ids = pd.Index(texts if style == "exact" else _styled(texts, style), dtype=object)
    if ids.has_duplicates:
        twice = ids[ids.duplicated()].unique()
        raise MmcoreError(
            f"'{source}' has {len(twice)} ids in more than one row, such as {quoted(twice)}; keep one row"
            " for each id"
        )
    return ids, remarks


def twins(ids: Sequence[str] | pd.Index) -> list[str]:
    """Return a sentence on ids that may be two spellings of one.

    They differ by case, marks, blanks, leading zeros or a decimal part of zeros alone, and often belong
    to the same person.
    """
    every = pd.Series(list(dict.fromkeys(ids)), dtype=object)
    plain = _styled(every, "integer").str.casefold().str.replace(r"[\W_]+", "", regex=True)
    plain = plain.str.lstrip("0")
    twice = plain[plain.duplicated(keep=False) & (plain != "")]
    if not len(twice):
        return []
    groups = every[twice.index].groupby(twice).apply(list)
    examples = "; ".join(" and ".join(f"'{key}'" for key in keys) for keys in groups[:SHOWN])
    return [
        f"{len(groups)} ids have a twin that differs by case, marks, blanks or zeros alone: {examples}"
        f"{_mend(every[twice.index], len(groups))}"
    ]


def style_hint(own: pd.Index, others: pd.Index) -> str:
    """Return which ``id_style`` gives the ids of two tables something in common, or nothing."""
    for style in ("trimmed", "integer"):
        left, right = (_styled(pd.Series(side, dtype=object), style) for side in (own, others))
        if left.isin(right).any():
            return f"they have ids in common with id_style: {style} in the study file"
    return ""


def _column(opened: OpenedTable, key: str, source: str) -> tuple[str, list[str]]:
    names, without = opened.table.names, unnamed(opened)
    if key in names and ROW_NAMES in names:
        raise MmcoreError(
            f"'{source}' has one cell more in every line than names of columns in its first; add the missing"
            " name, or remove the last separator of every line"
        )
    if key in names:
        ignored = [name for name in without if name != key]
        return key, [f"its column {_shown(n)} of row names is left out" for n in ignored]
    if len(without) == 1:
        return without[0], [
            f"its column {_shown(without[0])} of row names is read as the id '{key}'"
        ]
    raise MmcoreError(
        f"'{source}' has no id column '{key}', its columns begin with"
        f" {', '.join(names[:5])}; name the one by id: NAME in the study file{nearest(key, names)}"
    )


def _shown(name: str) -> str:
    return f"'{name}'" if name not in (ROW_NAMES, "") else "without a name"


def _styled(ids: pd.Series, style: str) -> pd.Series:
    plain = ids.str.strip()
    return plain if style == "trimmed" else plain.map(_integer)


def _integer(text: str) -> str:
    whole = WHOLE.fullmatch(text)
    return whole[1].replace("+", "") + whole[2] if whole else text


def _mend(ids: pd.Series, groups: int) -> str:
    for style in ("trimmed", "integer"):
        if _styled(ids, style).nunique() == groups:
            return f"; if they are the same, write id_style: {style} in the study file"
    return "; if they are the same, correct the files"
