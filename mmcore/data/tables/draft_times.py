"""The columns of dates and durations that a draft of a study declares."""

import pandas as pd

from mmcore.data.tables.formats import OpenedTable
from mmcore.data.tables.ids import unnamed
from mmcore.data.tables.parsing import is_time, layouts, offered
from mmcore.plugins import Catalogue

__all__ = ["has_types", "times_in"]

TIMES = ("date", "duration")


def has_types(kind: str, catalogue: Catalogue) -> bool:
    """Return whether a modality has the option ``types``."""
    return "types" in catalogue.settings_model("modality", kind).model_fields


def times_in(opened: OpenedTable, key: str | None) -> dict[str, str]:
    """Return ``date`` or ``duration`` for each column of times whose layout is clear.

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
    return {name: kind for name, kind in kinds.items() if kind is not None}


def _kind(known: pd.Series) -> str | None:
    if is_time(known) is not None or not all(isinstance(cell, str) for cell in known):
        return is_time(known)
    texts = list(known.unique())
    form = offered(texts)
    if form is None or form[0] not in TIMES:
        return None
    # 01/02/2020 has two layouts, and mmcore data check names the choice.
    return form[0] if form[0] != "date" or len(layouts(texts)) == 1 else None
