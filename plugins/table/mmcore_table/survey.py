"""The contents of the columns of the training records, on which decisions are based."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from mmcore.data.tables import Records
from mmcore.data.tables.parsing import certain_marks, is_time
from mmcore_table.cells import is_numeric

AT_ONCE = 64
"""Columns of numbers that are read as text at once to find their decimal mark."""


@dataclass(frozen=True, slots=True)
class Survey:
    """The contents of columns.

    Arguments:
        texts: of each column with a text, how many cells have each text.
        typed: of each other column that has no numbers, ``truth``, ``date``, ``duration`` or the name of
            a Python type that cannot be read.
        observed: the columns with a cell.
        rows: number of rows.
    """

    texts: Mapping[str, Counter[str]] = field(default_factory=dict)
    typed: Mapping[str, str] = field(default_factory=dict)
    observed: frozenset[str] = frozenset()
    rows: int = 0

    @classmethod
    def of(cls, records: Records, names: Sequence[str], text: Sequence[str] = ()) -> "Survey":
        """Return the contents of some columns; those in ``text`` are read as text."""
        texts: dict[str, Counter[str]] = {}
        typed: dict[str, str] = {}
        observed: set[str] = set()
        inner = records.table.uniform.difference(text)
        rows = records.sparse([name for name in names if name in inner])
        if rows is not None:
            filled = rows.missing() < len(rows)
            same = (name for name in names if name in inner)
            observed.update(name for name, known in zip(same, filled, strict=True) if known)
            names = [name for name in names if name not in inner]
        for frame in records.frames(names, text) if names else ():
            numeric = np.array([kind.kind in "fiu" for kind in frame.dtypes], dtype=bool)
            filled = frame.loc[:, numeric].notna().any().to_numpy()
            observed.update(map(str, frame.columns[numeric][filled]))
            for name in frame.columns[~numeric]:
                known = frame[name].dropna()
                observed.update([name] * bool(len(known)))
                _add(name, known, texts, typed)
        return cls(texts, typed, frozenset(observed), len(records))


def decimal_marks(records: Records, own: Survey) -> frozenset[str]:
    """Return the decimal marks that are certain in a column of texts of the file, such as in 0,5."""
    texts = [*own.texts.values(), *Survey.of(records, _others(records)).texts.values()]
    return frozenset[str]().union(*map(certain_marks, texts))


def point_mark(records: Records, own: Survey) -> frozenset[str]:
    """Return a point if the numbers of some column certainly have decimal points."""
    typed = {*own.texts, *own.typed, *records.table.uniform}
    names = [name for name in (*records.names, *_others(records)) if name not in typed]
    for begin in range(0, len(names), AT_ONCE):
        some = names[begin : begin + AT_ONCE]
        for frame in records.frames(some, some):
            for name in frame:
                known = frame[name].dropna()
                if not is_numeric(known) and len(known) and "." in certain_marks(known.unique()):
                    return frozenset(".")
    return frozenset()


def _others(records: Records) -> list[str]:
    apart = {*records.names, *records.apart, *records.table.uniform}
    return [name for name in records.table.names if name not in apart]


def _add(
    name: str, known: pd.Series, texts: dict[str, Counter[str]], typed: dict[str, str]
) -> None:
    if not len(known):
        return
    kind = is_time(known) or _type(known)
    if kind == "str":
        texts.setdefault(name, Counter()).update(known.astype(str).value_counts().to_dict())
    else:
        typed[name] = kind


def _type(known: pd.Series) -> str:
    if isinstance(known.dtype, pd.StringDtype):
        return "str"
    if pd.api.types.is_bool_dtype(known) or all(isinstance(c, bool) for c in known):
        return "truth"
    others = {type(cell).__name__ for cell in known} - {"str", "int", "float"}
    return min(others) if others else "str"
