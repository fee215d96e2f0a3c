"""Delimited text: CSV and TSV in UTF-8."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import final

import pandas as pd
from pydantic import BaseModel

from mmcore.data.tables.formats.base import Format, OpenedTable
from mmcore.data.tables.formats.lines import check_lines, column_names
from mmcore.data.tables.records import FrameTable
from mmcore.errors import MmcoreError
from mmcore.plugins import Context

__all__ = ["Delimited", "csv", "tsv"]

SAMPLE_BYTES = 1 << 16
"""Size of the beginning of a file from which its dialect is detected."""
DECIMAL_COMMA = re.compile(r'(?:^|;)"?-?\d+,\d+"?(?=;|$)', re.MULTILINE)
QUOTED_COMMA = re.compile(r'(?:^|,)"-?\d+,(?!\d{3}")\d+"(?=,|$)', re.MULTILINE)
"""For files that are separated by commas; three digits after a comma may be thousands."""
DECIMAL_POINT = re.compile(r'(?:^|[,"])-?\d+\.\d+(?=[,"]|$)', re.MULTILINE)


@final
class Delimited(Format):
    """A format of one line for each row.

    Arguments:
        separator: of the files that are written; for files that are read it is detected if the first line
            has more of another one.
    """

    def __init__(self, separator: str) -> None:
        self._separator = separator

    def open(self, path: Path, text: Sequence[str], missing: Sequence[str]) -> OpenedTable:
        """Return the table; separator, decimal mark and byte order mark are detected."""
        separator, decimal, notes = _dialect(path, self._separator)
        try:
            width = len(column_names(path, separator))
            check_lines(path, separator, width)
            frame = pd.read_csv(
                path,
                sep=separator,
                decimal=decimal,
                encoding="utf-8-sig",
                dtype=dict.fromkeys(text, str),
                na_values=list(missing),
                low_memory=False,
                index_col=False,
                # Spreadsheets may end lines with additional separators.
                usecols=range(width),
            )
        except UnicodeDecodeError as error:
            byte = error.object[error.start]
            raise MmcoreError(
                f"'{path}' is not UTF-8 (byte {error.start} is 0x{byte:02x}); save it as UTF-8, in"
                " spreadsheets as 'CSV UTF-8'"
            ) from error
        except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
            reason = " ".join(str(error).split())
            raise MmcoreError(
                f"'{path}' is not a readable table ({reason}); expected as many cells in every line as in"
                " the first"
            ) from error
        # The parser stores each column apart; a copy stores those of one type as one array.
        return OpenedTable(FrameTable(frame.copy() if width > len(frame) else frame), notes)

    def write(self, path: Path, frames: Iterable[pd.DataFrame]) -> None:
        """Write a line of column names, then one line for each row."""
        with path.open("w", encoding="utf-8", newline="") as file:
            for frame in frames:
                frame.to_csv(file, sep=self._separator, index=False, header=file.tell() == 0)


def csv(settings: BaseModel, context: Context) -> Delimited:
    """Return the format of comma-separated values."""
    return Delimited(",")


def tsv(settings: BaseModel, context: Context) -> Delimited:
    """Return the format of tab-separated values."""
    return Delimited("\t")


def _dialect(path: Path, separator: str) -> tuple[str, str, tuple[str, ...]]:
    """Return the separator, the decimal mark, and remarks on what is unusual."""
    with path.open("rb") as file:
        sample = file.read(SAMPLE_BYTES)
    notes = ["the file starts with a byte order mark"] if sample.startswith(b"\xef\xbb\xbf") else []
    text = sample.decode("utf-8", errors="ignore").removeprefix("\ufeff")
    if not text.strip():
        raise MmcoreError(f"'{path}' is empty, expected a table with column names")
    first, *others = text.splitlines()
    frequent = max(",;\t", key=first.count)
    if first.count(frequent) > first.count(separator):
        separator = frequent
        notes.append(f"columns are separated by {'tabs' if frequent == chr(9) else repr(frequent)}")
    decimal = "."
    if _has_decimal_commas("\n".join(others), separator):
        decimal = ","
        notes.append("numbers have decimal commas")
    return separator, decimal, tuple(notes)


def _has_decimal_commas(cells: str, separator: str) -> bool:
    if separator == ",":
        return bool(QUOTED_COMMA.search(cells)) and not DECIMAL_POINT.search(cells)
    return bool(DECIMAL_COMMA.search(cells.replace("\t", ";")))
