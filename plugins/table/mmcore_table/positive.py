"""Columns of positive numbers, of which the model has the logarithms."""

from collections.abc import Container, Mapping, Sequence

import numpy as np
from torch import Tensor

from mmcore import MmcoreError
from mmcore.config.parsing import ColumnParse
from mmcore.data.tables import Records, Values, is_skewed
from mmcore_table.cells import numbers
from mmcore_table.kinds import HEAVY_TAILS
from mmcore_table.moments import Moments
from mmcore_table.settings import Column

__all__ = ["positive_columns", "skewed"]


def positive_columns(
    records: Records, names: Sequence[str], parses: Mapping[str, ColumnParse]
) -> list[Column]:
    """Return columns with center and scale of the natural logarithms of their cells.

    Raises:
        MmcoreError: a cell is 0 or less.
    """
    if not names:
        return []
    moments = Moments(len(names), levels=False)
    for frame in records.frames(names, list(parses)):
        cells = numbers(frame, records, parses)
        _check_positive(cells, names, records)
        moments.add(np.log(cells))
    columns = zip(names, *moments.centered(), moments.is_constant, strict=True)
    return [
        Column(
            name=name,
            kind="student" if tails > HEAVY_TAILS else "real",
            loc=float(f"{loc:.9g}"),
            scale=1.0 if is_constant else float(f"{scale:.6g}"),
            is_log=True,
            is_constant=bool(is_constant),
            parse=parses.get(name, ColumnParse()),
        )
        for name, loc, scale, tails, is_constant in columns
    ]


def skewed(columns: Sequence[Column], values: Values, declared: Container[str]) -> tuple[str, ...]:
    """Return columns of numbers that `is_skewed` finds.

    Arguments:
        columns: all columns.
        values: of the training records.
        declared: the columns of which the user has declared a kind.
    """
    if not isinstance(values, Tensor):
        return ()
    names = []
    for column, cells in zip(columns, values.unbind(1), strict=True):
        is_number = column.kind in ("real", "student") and column.parse.form not in (
            "date",
            "duration",
        )
        if column.name in declared or not is_number or column.offset or column.is_log:
            continue
        if is_skewed(cells.numpy()):
            names.append(column.name)
    return tuple(names)


def _check_positive(cells: np.ndarray, names: Sequence[str], records: Records) -> None:
    wrong = cells <= 0
    if wrong.any():
        row, place = np.argwhere(wrong)[0]
        raise MmcoreError(
            f"column '{names[place]}' of '{records.source}' is declared positive and has"
            f" {cells[row, place]:g}; declare it real, or correct the cells"
        )
