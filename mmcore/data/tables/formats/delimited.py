"""Delimited text: CSV and TSV in UTF-8."""

import re
from collections.abc import Iterable, Sequence
from csv import QUOTE_MINIMAL, QUOTE_NONNUMERIC
from pathlib import Path
from typing import final

import pandas as pd

from mmcore.config.components import DelimitedSettings
from mmcore.data.tables.formats.base import Format, OpenedTable
from mmcore.data.tables.formats.formulas import escaped, has_escapes, unescaped, with_texts
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

    A text that a spreadsheet would run as a formula is written with an apostrophe before it, which `open`
    removes.

    Arguments:
        separator: of the files that are written; for files that are read it is detected if the first line
            has more of another one.
        raw: whether texts are written as they are.
    """

    def __init__(self, separator: str, raw: bool = False) -> None:
        self._separator, self._raw = separator, raw

    def open(self, path: Path, text: Sequence[str], missing: Sequence[str]) -> OpenedTable:
        """Return the table; separator, decimal mark and byte order mark are detected."""
        separator, decimal, notes = _dialect(path, self._separator)
        try:
            names = column_names(path, separator)
            check_lines(path, separator, len(names))
            frame = pd.read_csv(
                path,
                sep=separator,
                decimal=decimal,
                encoding="utf-8-sig",
                dtype=dict.fromkeys(text, str),
                na_values=list(missing),
                low_memory=False,
                index_col=False,
                header=0,
                names=names,
                # Spreadsheets may end lines with additional separators.
                usecols=range(len(names)),
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
        if has_escapes(path):
            plain = with_texts(frame, unescaped)
            if plain is not frame:
                notes = (*notes, "the apostrophe before cells such as '=x is not part of the text")
            frame = plain
        # The parser stores each column apart; a copy stores those of one type as one array.
        return OpenedTable(FrameTable(frame.copy() if len(names) > len(frame) else frame), notes)

    def write(self, path: Path, frames: Iterable[pd.DataFrame]) -> None:
        """Write a line of column names, then one line for each row."""
        with path.open("w", encoding="utf-8", newline="") as file:
            for frame in frames:
                safe = frame if self._raw else _safe(frame)
                safe.to_csv(
                    file,
                    sep=self._separator,
                    index=False,
                    header=file.tell() == 0,
                    quoting=_quoting(safe),
                )


def csv(settings: DelimitedSettings, context: Context) -> Delimited:
    """Return the format of comma-separated values."""
    return Delimited(",", settings.raw)


def tsv(settings: DelimitedSettings, context: Context) -> Delimited:
    """Return the format of tab-separated values."""
    return Delimited("\t", settings.raw)


def _safe(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame without formulas in its cells and in the names of its columns."""
    return with_texts(frame, escaped).set_axis([escaped(str(name)) for name in frame], axis=1)


def _quoting(frame: pd.DataFrame) -> int:
    # The writer of pandas leaves a carriage return without quotes, which readers take for a line end.
    texts = [cells for _, cells in frame.items() if cells.dtype.kind not in "biufcM"]
    words = (word for cells in [*texts, frame.columns] for word in cells)
    has_return = any(isinstance(word, str) and "\r" in word for word in words)
    return QUOTE_NONNUMERIC if has_return else QUOTE_MINIMAL


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
