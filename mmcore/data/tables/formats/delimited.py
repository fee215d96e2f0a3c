"""Delimited text: CSV and TSV in UTF-8."""

import re
from collections.abc import Iterable
from csv import QUOTE_MINIMAL, QUOTE_NONNUMERIC
from pathlib import Path
from typing import final

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from mmcore.config.layout import DelimitedSettings
from mmcore.data.tables.formats.base import ROW_NAMES, WITHOUT_NAMES, Format, OpenedTable, numbered
from mmcore.data.tables.formats.compressed import decompressed, text_writer
from mmcore.data.tables.formats.formulas import (
    escaped,
    has_escapes,
    text_columns,
    unescaped,
    with_texts,
)
from mmcore.data.tables.formats.lines import check_names, header, read_lines
from mmcore.data.tables.formats.quotes import doubled_quotes
from mmcore.data.tables.formats.signatures import check_is_text
from mmcore.data.tables.formats.text import TextTable
from mmcore.data.tables.missing import MissingWords
from mmcore.errors import MmcoreError
from mmcore.plugins import Context

__all__ = ["Delimited", "csv", "tsv"]

BLOCK = 1 << 30
"""Most bytes that are parsed at once; a table of many columns is slow in small pieces."""
AT_ONCE = 1 << 24
MARK = b"\xef\xbb\xbf"
QUOTE = b'"'
MARKS = ",;\t|"
NO_NAMES = re.compile(r'"?sep=.{1,2}$')
"""A first line that states the separator to spreadsheets."""
SHOWN = 40
"""Characters of the first line in a message."""
SEPARATORS = {"\t": "tabs", " ": "blanks"}


@final
class Delimited(Format):
    """A format of one line for each row.

    A text that a spreadsheet would run as a formula is written with an apostrophe before it, which `open`
    removes.

    Arguments:
        separator: of the files that are written; for files that are read it is detected if the first line
            has more of another one.
        raw: whether texts are written as they are.
        has_names: whether the first line of a file that is read has the names of the columns.
    """

    def __init__(self, separator: str, raw: bool = False, has_names: bool = True) -> None:
        self._separator, self._raw, self._has_names = separator, raw, has_names

    def open(self, path: Path, missing: MissingWords) -> OpenedTable:
        """Return the cells as texts; separator and byte order mark are detected."""
        with decompressed(path) as plain:
            return self._opened(plain, missing)

    def _opened(self, path: Path, missing: MissingWords) -> OpenedTable:
        check_is_text(path)
        if _count(path, b"\0"):
            raise MmcoreError(
                f"'{path}' has characters of the code 0, as files in UTF-16 and damaged files have; save it"
                " as UTF-8, in spreadsheets as 'CSV UTF-8'"
            )
        separator, notes = _dialect(path, self._separator)
        with doubled_quotes(path, separator) as (plain, escapes):
            return self._table(plain, separator, (*notes, *escapes), missing)

    def _table(
        self, path: Path, separator: str, notes: tuple[str, ...], missing: MissingWords
    ) -> OpenedTable:
        try:
            names, first, skip = header(path, separator)
            if not self._has_names:
                names, first, skip = numbered(len(names)), [], 0
                notes = (*notes, WITHOUT_NAMES.format(names[-1]))
            check_names(path, names)
            cells = _cells(path, separator, names, first, skip)
        except UnicodeDecodeError as error:
            byte = error.object[error.start]
            raise MmcoreError(
                f"'{path}' is not UTF-8 (it has the byte 0x{byte:02x}); save it as UTF-8, in spreadsheets as"
                " 'CSV UTF-8'"
            ) from error
        if has_escapes(path):
            plain = _unescaped(cells)
            if not plain.equals(cells):
                notes = (*notes, "the apostrophe before cells such as '=x is not part of the text")
            cells = plain
        table = TextTable(cells, missing)
        return OpenedTable(table, notes, removed=table.removed, first_row=skip + 1)

    def write(self, path: Path, frames: Iterable[pd.DataFrame]) -> None:
        """Write a line of column names, then one line for each row."""
        with text_writer(path) as file:
            for number, frame in enumerate(frames):
                safe = frame if self._raw else _safe(frame)
                safe.to_csv(
                    file,
                    sep=self._separator,
                    index=False,
                    header=number == 0,
                    quoting=_quoting(safe),
                )


def csv(settings: DelimitedSettings, context: Context) -> Delimited:
    """Return the format of comma-separated values."""
    return Delimited(",", settings.raw, settings.header is None)


def tsv(settings: DelimitedSettings, context: Context) -> Delimited:
    """Return the format of tab-separated values."""
    return Delimited("\t", settings.raw, settings.header is None)


def _safe(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame without formulas in its cells and in the names of its columns."""
    return with_texts(frame, escaped).set_axis([escaped(str(name)) for name in frame], axis=1)


def _quoting(frame: pd.DataFrame) -> int:
    # The writer of pandas leaves a carriage return without quotes, which readers take for a line end.
    texts = [cells for _, cells in text_columns(frame).items()]
    words = (word for cells in [*texts, frame.columns] for word in cells)
    has_return = any(isinstance(word, str) and "\r" in word for word in words)
    return QUOTE_NONNUMERIC if has_return else QUOTE_MINIMAL


def _dialect(path: Path, separator: str) -> tuple[str, tuple[str, ...]]:
    """Return the separator, and remarks on what is unusual."""
    with path.open("rb") as file:
        notes = ["the file starts with a byte order mark"] if file.read(3) == MARK else []
    with path.open(encoding="utf-8-sig", errors="replace") as text:
        first = next((line for line in text if line.strip()), "")
    if not first:
        raise MmcoreError(f"'{path}' is empty, expected a table with column names")
    if (first.startswith("#") and not any(mark in first for mark in MARKS)) or NO_NAMES.match(
        first
    ):
        raise MmcoreError(
            f"'{path}' begins with '{first.strip()[:SHOWN]}', expected the names of the columns in the first"
            " line; remove the lines above them"
        )
    frequent = max(MARKS, key=first.count)
    if not first.count(frequent) and " " in first.strip():
        frequent = " "
    if first.count(frequent) > first.count(separator):
        separator = frequent
        notes.append(f"columns are separated by {SEPARATORS.get(frequent, repr(frequent))}")
    return separator, tuple(notes)


def _cells(path: Path, separator: str, names: list[str], first: list[str], skip: int) -> pa.Table:
    """Return the cells as strings, with a column of row names where lines have one cell more than names."""
    if len(first) == len(names) + 1 and first[-1].strip():
        cells = _parsed(path, separator, [ROW_NAMES, *names], skip)
        if cells is not None:
            return cells
    cells = _parsed(path, separator, names, skip)
    return read_lines(path, separator, names, skip) if cells is None else cells


def _parsed(path: Path, separator: str, names: list[str], skip: int) -> pa.Table | None:
    """Return the cells as strings, an empty cell as null, or None if lines differ in their cells."""
    if _count(path, QUOTE) % 2:
        return None  # a quote that is no quotation, or is not closed
    strings = pa.csv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()),
        null_values=[""],
        strings_can_be_null=True,
        quoted_strings_can_be_null=True,
    )
    size = min(BLOCK, path.stat().st_size + 1)
    try:
        return pa.csv.read_csv(
            path,
            pa.csv.ReadOptions(block_size=size, column_names=names, skip_rows=skip),
            pa.csv.ParseOptions(delimiter=separator, newlines_in_values=True),
            strings,
        )
    except pa.ArrowInvalid:
        return None


def _unescaped(cells: pa.Table) -> pa.Table:
    """Return the cells without the apostrophe that a spreadsheet needs before texts such as '=x."""
    columns = []
    for column in cells.columns:
        if pc.any(pc.starts_with(column, "'")).as_py():
            texts = [text if text is None else unescaped(text) for text in column.to_pylist()]
            column = pa.chunked_array([pa.array(texts, pa.string())])
        columns.append(column)
    return pa.Table.from_arrays(columns, names=cells.column_names)


def _count(path: Path, mark: bytes) -> int:
    with path.open("rb") as file:
        return sum(piece.count(mark) for piece in iter(lambda: file.read(AT_ONCE), b""))
