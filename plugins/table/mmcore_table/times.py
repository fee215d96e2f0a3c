"""Reading of declared columns of dates or durations."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from mmcore import MmcoreError
from mmcore.config.parsing import ColumnParse, Form
from mmcore.data.tables import Records
from mmcore.data.tables.parsing import layouts
from mmcore.data.tables.parsing.times import (
    ISO,
    WHOLE_DAYS,
    ZONED,
    as_days,
    broken_time,
    duration_layouts,
    has_short_years,
    zoned,
)
from mmcore_table.remedies import broken, wrong

__all__ = ["time_parse", "with_layout"]


def time_parse(
    name: str, kind: str, layout: str | None, records: Records, texts: Mapping[str, int]
) -> ColumnParse:
    """Return how a column that is declared a date or a duration is read.

    Arguments:
        name: of the column.
        kind: ``date`` or ``duration``.
        layout: the layout that the user has declared.
        records: the training records.
        texts: how many cells have each text; none if the cells are times.

    Raises:
        MmcoreError: the cells have no layout, several, or short years.
    """
    if not texts:
        return _of_type(records.frame([name])[name], "date" if kind == "date" else "duration")
    if layout is not None:
        return with_layout(name, layout, records, texts)
    if kind == "duration":
        fitting = duration_layouts(texts)
        return ColumnParse(form="duration", layout=_only(name, kind, records, texts, fitting))
    chosen = _only(name, kind, records, texts, layouts(texts, declared=True))
    if has_short_years(texts, chosen):
        raise MmcoreError(
            f"'{records.source}' has dates such as '{next(iter(texts))}' in column '{name}', whose years of"
            f" two digits may be those of two centuries; write four digits, or parse: {{{name}: '{chosen}'}}"
            " for 1969 to 2068"
        )
    return ColumnParse(form="date", layout=chosen, unit=_zone(name, records, texts, chosen))


def _of_type(cells: pd.Series, form: Form) -> ColumnParse:
    """Return how a column of times is read; those with a time zone have it in their text."""
    days = as_days(cells, ColumnParse(form=form))
    if isinstance(cells.dtype, pd.DatetimeTZDtype):
        return ColumnParse(form=form, layout=ISO, unit=ZONED)
    is_whole = bool((days[~np.isnan(days)] % 1 == 0).all())
    return ColumnParse(form=form, unit=WHOLE_DAYS if is_whole else "")


def with_layout(name: str, layout: str, records: Records, texts: Mapping[str, int]) -> ColumnParse:
    """Return how dates of a declared layout are read.

    Raises:
        MmcoreError: no cell has this layout.
    """
    parse, some = ColumnParse(form="date", layout=layout), pd.Series(list(texts), dtype=object)
    try:
        is_read = not np.isnan(as_days(some, parse)).all()
    except ValueError:  # what strptime raises for an unknown directive
        is_read = False
    if not is_read:
        raise wrong(name, records, texts, f"has no date of the layout {layout}")
    return parse


def _only(
    name: str, kind: str, records: Records, texts: Mapping[str, int], fitting: list[str]
) -> str:
    """Return the only layout of a column of times."""
    if len(fitting) == 1:
        return fitting[0]
    stray = broken_time(texts)
    if not fitting and stray is not None and stray[0] == kind:
        raise MmcoreError(
            f"'{records.source}' has columns that are no times; {broken(name, *stray)}"
        )
    if not fitting:
        known = "2020-01-31" if kind == "date" else "1:30:00 or 3 days"
        what = f"is declared a {kind}, and not all of its cells have one known layout like {known}"
        raise wrong(name, records, texts, what, "layout" if kind == "date" else None)
    raise MmcoreError(
        f"'{records.source}' has dates such as '{next(iter(texts))}' in column '{name}', which may be"
        f" {' or '.join(fitting)}; write parse: {{{name}: '{fitting[0]}'}} below the modality"
    )


def _zone(name: str, records: Records, texts: Mapping[str, int], layout: str) -> str:
    """Return the unit of dates with a time zone, which all cells have, or none."""
    if layout != ISO:
        return ""
    within, without = zoned(texts)
    if within and without:
        raise MmcoreError(
            f"'{records.source}' has '{within[0]}' with a time zone and '{without[0]}' without one in column"
            f" '{name}'; give all cells a zone, or none"
        )
    return ZONED if within else ""
