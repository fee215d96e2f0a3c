"""The kinds of columns that a draft of a study declares: dates, durations and positive numbers."""

import pandas as pd

from mmcore.data.tables.formats import OpenedTable
from mmcore.data.tables.ids import unnamed
from mmcore.data.tables.parsing import is_time, layouts, offered
from mmcore.data.tables.skewness import is_skewed
from mmcore.plugins import Catalogue

__all__ = ["has_types", "types_in"]

TIMES = ("date", "duration")
MOST = 20
"""Skewed columns that are listed; a table with more is left to `mmcore data check`."""


def has_types(kind: str, catalogue: Catalogue) -> bool:
    """Return whether a modality has the option ``types``."""
    return "types" in catalogue.settings_model("modality", kind).model_fields


def types_in(opened: OpenedTable, key: str | None) -> dict[str, str]:
    """Return ``date`` or ``duration`` for columns of times whose layout is clear, and ``positive``.

    Arguments:
        opened: the table.
        key: name of the id column, which is left out.
    """
    if opened.table.uniform:
        return {}
    apart = {key, *unnamed(opened), *opened.annotations}
    names = [name for name in opened.table.names if name not in apart]
    first = next(opened.cells.frames(names), pd.DataFrame())
    others = [str(name) for name, cells in first.items() if cells.dtype.kind not in "biuf"]
    frame = pd.concat(opened.cells.frames(others)) if others else first[others]
    kinds = {name: _kind(frame[name].dropna()) for name in others}
    numbers = [str(name) for name, cells in first.items() if cells.dtype.kind == "f"]
    skewed = _skewed(opened, numbers)
    return {name: kind for name, kind in kinds.items() if kind is not None} | skewed


def _skewed(opened: OpenedTable, names: list[str]) -> dict[str, str]:
    frame = pd.concat(opened.cells.frames(names)) if names else pd.DataFrame()
    skewed = [str(name) for name, cells in frame.items() if is_skewed(cells.to_numpy())]
    return dict.fromkeys(skewed if len(skewed) <= MOST else [], "positive")


def _kind(known: pd.Series) -> str | None:
    if is_time(known) is not None or not all(isinstance(cell, str) for cell in known):
        return is_time(known)
    texts = list(known.unique())
    form = offered(texts)
    if form is None or form[0] not in TIMES:
        return None
    # 01/02/2020 has two layouts, and mmcore data check names the choice.
    return form[0] if form[0] != "date" or len(layouts(texts)) == 1 else None
