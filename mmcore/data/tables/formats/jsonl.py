"""Lines of JSON: an object for each row."""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, final

import pandas as pd
from pydantic import BaseModel

from mmcore.data.tables.formats.base import Format, OpenedTable
from mmcore.data.tables.formats.lines import check_names
from mmcore.data.tables.missing import MissingWords
from mmcore.data.tables.records import FrameTable
from mmcore.errors import MmcoreError
from mmcore.plugins import Context

__all__ = ["JsonLines"]


SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
"""A half of a character: both halves together are one, and UTF-8 has no single one."""


@final
class JsonLines(Format):
    """Numbers, booleans and texts with names in every line; a name that a line lacks is a missing cell.

    Arguments:
        settings: none.
        context: not used.
    """

    def __init__(self, settings: BaseModel, context: Context) -> None:
        pass

    def open(self, path: Path, missing: MissingWords) -> OpenedTable:
        """Return the whole table in memory."""
        columns: dict[str, list[Any]] = {}
        for number, row in enumerate(_rows(path)):
            for name, cell in row.items():
                columns.setdefault(name, [None] * number).append(cell)
            for cells in columns.values():
                cells.extend([None] * (number + 1 - len(cells)))
        check_names(path, list(columns))
        return OpenedTable(FrameTable(pd.DataFrame(columns)))

    def write(self, path: Path, frames: Iterable[pd.DataFrame]) -> None:
        """Write a line for each row; dates and durations are written as texts."""
        with path.open("w", encoding="utf-8", newline="\n") as file:
            for frame in frames:
                for row in _written(frame):
                    file.write(json.dumps(row, ensure_ascii=False) + "\n")


def _rows(path: Path) -> Iterable[dict[str, Any]]:
    try:
        with path.open(encoding="utf-8-sig", newline="\n") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    yield _row(path, number, line)
    except UnicodeDecodeError as error:
        raise MmcoreError(f"'{path}' is not UTF-8 ({error}); save it as UTF-8") from error


def _row(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        row = json.loads(line, object_pairs_hook=_object)
        if SURROGATE.search(line):
            json.dumps(row, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise MmcoreError(
            f"'{path}' is not JSON in line {number} ({error}); expected an object such as"
            ' {"id": "A", "x": 1.5} in every line'
        ) from error
    if not isinstance(row, dict):
        raise MmcoreError(f"'{path}' has no object in line {number}, expected one in every line")
    return row


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    row = dict(pairs)
    if len(row) < len(pairs):
        raise ValueError("a name occurs twice in an object")
    return row


def _written(frame: pd.DataFrame) -> Iterable[dict[str, Any]]:
    columns = [_cells(cells) for _, cells in frame.items()]
    names = list(map(str, frame))
    for row in zip(*columns, strict=True):
        yield dict(zip(names, row, strict=True))


def _cells(cells: pd.Series) -> list[Any]:
    if cells.dtype.kind in "mM":
        cells = cells.astype(str).where(cells.notna())
    return list(cells.astype(object).where(cells.notna(), None))
