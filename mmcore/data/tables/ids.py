"""The ids of a table as text, and ids that may be two spellings of one."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import product

import numpy as np
import pandas as pd

from mmcore.data.tables.formats import OpenedTable
from mmcore.data.tables.formats.base import ROW_NAMES
from mmcore.data.tables.spelling import composed, plainly
from mmcore.errors import MmcoreError, nearest

__all__ = [
    "UNNAMED",
    "check_common",
    "id_texts",
    "ids_of",
    "near_duplicates",
    "quoted",
    "style_hint",
    "unnamed",
]

SHOWN = 3
PAIRED = 1000
"""Ids of the other tables that are compared with the first."""
ROW = "row"
"""Name of the id column of a table whose ids are the numbers of its rows."""
UNNAMED = (ROW_NAMES, "", "Unnamed: 0", "__index_level_0__", "...1")
"""Names of a column of row names in files of R and pandas, which have no name for it."""
MIDNIGHT = " 00:00:00"
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
    texts = id_texts(opened, column)
    gaps = (texts.str.strip() == "").to_numpy()
    if gaps.any():
        raise _without_id(source, np.flatnonzero(gaps), opened.first_row)
    ids = pd.Index(texts if style == "exact" else _styled(texts, style), dtype=object)
    if ids.has_duplicates:
        twice = ids[ids.duplicated()].unique()
        raise MmcoreError(
            f"'{source}' has {len(twice)} ids in more than one row, such as {quoted(twice)}; keep one row"
            " for each id"
        )
    return ids, remarks


def id_texts(opened: OpenedTable, column: str) -> pd.Series:
    """Return the cells of an id column as text; that of a missing cell is empty."""
    cells = pd.concat(frame[column] for frame in opened.table.frames([column], [column]))
    return cells.astype(object).where(cells.notna(), "").map(_text)


def near_duplicates(ids: Sequence[str] | pd.Index, what: str = "ids") -> list[str]:
    """Return a sentence on ids that may be different spellings of the same id.

    They differ by case, marks, blanks, the encoding of letters, leading zeros or a decimal part of zeros
    alone, and often belong to the same person.

    Arguments:
        ids: texts.
        what: what they are, for the sentence.
    """
    every = pd.Series(list(dict.fromkeys(ids)), dtype=object)
    plain = _plain(every)
    twice = plain[plain.duplicated(keep=False) & (plain != "")]
    if not len(twice):
        return []
    groups = every[twice.index].groupby(twice).apply(list)
    examples = "; ".join(" and ".join(f"'{key}'" for key in keys) for keys in groups[:SHOWN])
    return [
        f"{len(groups)} {what} have a near-duplicate, which differs by case, marks, blanks, the encoding of"
        f" letters or zeros alone: {examples}"
        f"{_remedy(every[twice.index], len(groups) if what == 'ids' else 0)}"
    ]


def check_common(what: str, own: pd.Index, ids: pd.Index) -> None:
    """Check that ids of the labels, the covariates or the survival are ids of the records.

    Arguments:
        what: the key of the study file.
        own: ids with a value.
        ids: of the records.

    Raises:
        MmcoreError: there is no value, or no id in common.
    """
    if not len(own):
        raise MmcoreError(
            f"all cells of the {what} are missing; fill them, or remove '{what}' from the study file"
        )
    if not own.isin(ids).any():
        raise MmcoreError(
            f"no id of the {what} is an id of the records: {what} has {quoted(own)}; records have"
            f" {quoted(ids)}; {style_hint(own, ids) or 'see the id columns'}"
        )


def style_hint(own: pd.Index, others: pd.Index) -> str:
    """Return what gives the ids of two tables something in common, or nothing."""
    for style in ("trimmed", "integer"):
        left, right = (_styled(pd.Series(side, dtype=object), style) for side in (own, others))
        if left.isin(right).any():
            return (
                f"they have ids in common with id_style: {style} in the study file, which ignores blanks and"
                f" the encoding of letters{', and zeros before numbers' if style == 'integer' else ''}"
            )
    one, other = (
        dict(zip(_plain(pd.Series(s, dtype=object)), s, strict=True)) for s in (own, others)
    )
    pair = next(((one[key], other[key]) for key in one if key and key in other), None)
    pair = pair or next(filter(_is_part, product(list(own)[:SHOWN], list(others)[:PAIRED])), None)
    if pair is None:
        return ""
    return f"'{pair[0]}' and '{pair[1]}' may be the same; if so, correct a file"


def _without_id(source: str, gaps: np.ndarray, first: int) -> MmcoreError:
    """Return the error for rows without an id, of which the first of a table is often one of units."""
    if list(gaps) == [0]:
        return MmcoreError(
            f"'{source}' has no id in row {first}; remove the row from the file if it has units or a second"
            " line of names, which no option of the study file skips, else give it an id"
        )
    if len(gaps) == 1:
        return MmcoreError(f"'{source}' has no id in row {first + gaps[0]}; give the row one")
    shown = ", ".join(str(first + row) for row in gaps[:SHOWN])
    return MmcoreError(
        f"'{source}' has no id in {len(gaps)} rows, such as {shown}; give every row one, and remove rows of"
        " units, notes or sums"
    )


def _column(opened: OpenedTable, key: str, source: str) -> tuple[str, list[str]]:
    names, without = opened.table.names, unnamed(opened)
    if key in names and ROW_NAMES in names:
        raise MmcoreError(
            f"'{source}' has one cell more in every line than names of columns in its first; add the missing"
            " name, remove the last separator of every line, or put quotes around numbers with a"
            " decimal comma"
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


def _is_part(pair: tuple[str, str]) -> bool:
    """Return whether one id has the other in it, as sub-001 has 001."""
    shorter, longer = sorted(pair, key=len)
    return len(shorter) >= SHOWN and shorter in longer


def _plain(ids: pd.Series) -> pd.Series:
    """Return the letters and digits of ids, which are the same for two spellings."""
    plain = _styled(ids, "integer").map(plainly).astype(object)
    return plain.str.replace(r"[\W_]+", "", regex=True).str.lstrip("0")


def _text(cell: object) -> str:
    # A file with types has a date as a timestamp at midnight; a text file has the date alone.
    return str(cell).removesuffix(MIDNIGHT) if isinstance(cell, datetime) else str(cell)


def _styled(ids: pd.Series, style: str) -> pd.Series:
    plain = ids.map(composed).astype(object).str.strip()
    return plain if style == "trimmed" else plain.map(_integer)


def _integer(text: str) -> str:
    whole = WHOLE.fullmatch(text)
    return whole[1].replace("+", "") + whole[2] if whole else text


def _remedy(ids: pd.Series, groups: int) -> str:
    for style in ("trimmed", "integer"):
        if _styled(ids, style).nunique() == groups:
            return f"; if they are the same, write id_style: {style} in the study file"
    return "; if they are the same, correct the files"
