"""Excel workbooks, through openpyxl."""

import zipfile
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any, final

import numpy as np
import pandas as pd

from mmcore.config.layout import ExcelSettings
from mmcore.data.tables.formats.base import (
    WITHOUT_NAMES,
    Format,
    OpenedTable,
    SeveralTables,
    numbered,
)
from mmcore.data.tables.formats.compressed import check_size
from mmcore.data.tables.formats.damage import readable
from mmcore.data.tables.formats.extras import package
from mmcore.data.tables.formats.lines import check_names
from mmcore.data.tables.formats.sheets import sheet_facts
from mmcore.data.tables.missing import MissingWords
from mmcore.data.tables.records import FrameTable
from mmcore.errors import MmcoreError, listed, nearest
from mmcore.plugins import Context

__all__ = ["Excel"]

ROWS, COLUMNS, LETTERS = 1_048_576, 16_384, 32_767
"""The sizes of a sheet and of a cell."""
ERROR = "e"
"""The type of a cell with an error such as #DIV/0!."""


@final
class Excel(Format):
    """A sheet of a workbook, whose first row has the names of the columns.

    Arguments:
        settings: which sheet, and whether it has names.
        context: not used.
    """

    def __init__(self, settings: ExcelSettings, context: Context) -> None:
        self._settings = settings

    def open(self, path: Path, missing: MissingWords) -> OpenedTable:
        """Return the values of the cells; formulas have the values with which they were saved."""
        openpyxl = package("openpyxl", "excel", path)
        with readable(path, "Excel file", "save it again as .xlsx"):
            with zipfile.ZipFile(path) as archive:
                check_size(path, sum(entry.file_size for entry in archive.infolist()))
            book = openpyxl.load_workbook(path, read_only=True, data_only=True)
            with closing(book), zipfile.ZipFile(path) as archive:
                sheet = book[_sheet(path, book.worksheets, self._settings.sheet)]
                rows, errors = _cells(sheet)
                facts = sheet_facts(archive, sheet._worksheet_path)
        return self._table(path, rows, [*_notes(errors), *facts.notes(path)])

    def write(self, path: Path, frames: Iterable[pd.DataFrame]) -> None:
        """Write one sheet; texts that begin with = are no formulas."""
        openpyxl = package("openpyxl", "excel", path)
        book = openpyxl.Workbook(write_only=True)
        sheet = book.create_sheet("table")
        try:
            for row in _rows(path, frames):
                sheet.append([_cell(sheet, value) for value in row])
        except BaseException:
            sheet.close()  # openpyxl writes to a temporary file
            raise
        book.save(path)

    def _table(self, path: Path, rows: list[list[Any]], notes: list[str]) -> OpenedTable:
        if not rows:
            raise MmcoreError(f"'{path}' is empty, expected a table with column names")
        width, first = max(map(len, rows)), 1 if self._settings.header else 2
        if self._settings.header is not None:
            names = numbered(width)
            notes.append(WITHOUT_NAMES.format(names[-1]))
        else:
            names = _names(path, rows.pop(0), width)
        check_names(path, names)
        columns = zip(*(row + [None] * (width - len(row)) for row in rows), strict=True)
        cells = {name: _typed(column) for name, column in zip(names, columns, strict=False)}
        frame = pd.DataFrame(cells, columns=names)
        return OpenedTable(FrameTable(frame), tuple(notes), first_row=first)


def _typed(cells: Sequence[Any]) -> list[Any] | np.ndarray:
    """Return cells with the types of pandas: times of the day are durations, and dates may be far."""
    spans = [
        timedelta(hours=c.hour, minutes=c.minute, seconds=c.second, microseconds=c.microsecond)
        if isinstance(c, time)
        else c
        for c in cells
    ]
    dates = {isinstance(cell, datetime) for cell in spans if cell is not None} == {True}
    return np.array(spans, "datetime64[us]") if dates else spans


def _rows(path: Path, frames: Iterable[pd.DataFrame]) -> Iterable[Sequence[Any]]:
    """Yield the names of the columns, then the cells of each row; a missing cell is None."""
    count = 0
    for frame in frames:
        if not count:
            yield list(map(str, frame))
        count += len(frame) + (not count)
        _check_sizes(path, frame, count)
        columns = [cells.astype(object).where(cells.notna(), None) for _, cells in frame.items()]
        yield from zip(*columns, strict=True)


def _sheet(path: Path, sheets: Sequence[Any], name: str | None) -> str:
    titles = [sheet.title for sheet in sheets]
    if not titles:
        raise MmcoreError(f"'{path}' has no sheet with cells; save it again as .xlsx")
    if name is None and len(titles) == 1:
        return str(titles[0])
    known = f"expected one of {listed(titles)}{nearest(name or '', titles)}"
    if name is None:
        message = f"'{path}' has several sheets; name one by sheet: NAME in the study file, {known}"
        raise SeveralTables(message, "sheet", titles)
    if name not in titles:
        raise MmcoreError(f"'{path}' has no sheet '{name}', {known}")
    return name


def _cells(sheet: Any) -> tuple[list[list[Any]], Counter[str]]:
    """Return all rows up to the last one that has a cell, and how many cells have each error."""
    errors: Counter[str] = Counter()
    rows: list[list[Any]] = []
    sheet.reset_dimensions()  # a format of whole columns makes them a million rows
    for cells in sheet.iter_rows():
        errors.update(str(cell.value) for cell in cells if cell.data_type == ERROR)
        rows.append([None if cell.data_type == ERROR else cell.value for cell in cells])
        while rows[-1] and rows[-1][-1] is None:
            rows[-1].pop()
    while rows and not rows[-1]:
        rows.pop()
    return rows, errors


def _names(path: Path, cells: list[Any], width: int) -> list[str]:
    for place, cell in enumerate(cells, 1):
        if cell is not None and not isinstance(cell, str | int):
            raise MmcoreError(
                f"'{path}' has {cell} in place of the name of column {place}; spreadsheets change names"
                " such as SEPT2 and 1-5 into dates and numbers; correct it, or write header: none"
            )
    return ["" if cell is None else str(cell) for cell in cells + [None] * (width - len(cells))]


def _notes(errors: Counter[str]) -> list[str]:
    return [
        f"{count} cells have the error {word} and are missing" for word, count in errors.items()
    ]


def _cell(sheet: Any, value: Any) -> Any:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.utils.exceptions import IllegalCharacterError

    if isinstance(value, float):  # openpyxl would write 16 digits of a number
        cell = WriteOnlyCell(sheet, repr(float(value)))
        cell.data_type = "n"
        return cell
    if not isinstance(value, str):
        return value.item() if isinstance(value, np.generic) else value
    try:
        cell = WriteOnlyCell(sheet, value)
    except IllegalCharacterError as error:
        raise MmcoreError(
            f"the text {value!r} has a character that Excel files cannot hold; choose .csv or .parquet"
        ) from error
    cell.data_type = "s"  # a text such as =1+1 is no formula
    return cell


def _check_sizes(path: Path, frame: pd.DataFrame, rows: int) -> None:
    longest = max(
        (len(c) for _, cells in frame.items() for c in cells if isinstance(c, str)), default=0
    )
    if rows > ROWS or frame.shape[1] > COLUMNS or longest > LETTERS:
        raise MmcoreError(
            f"'{path}' would have {rows:,} rows or more, {frame.shape[1]:,} columns and texts of {longest:,}"
            f" letters, and an Excel sheet has at most {ROWS:,}, {COLUMNS:,} and {LETTERS:,}; choose .csv or"
            " .parquet"
        )
