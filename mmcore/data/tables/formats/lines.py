"""The column names of a delimited file, and whether every line has as many cells."""

import csv
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from mmcore.data.tables.formats.formulas import unescaped
from mmcore.errors import MmcoreError

__all__ = ["check_lines", "column_names"]

AT_ONCE = 1 << 24
"""Bytes that are counted at once."""
MOST_COLUMNS = 1_000_000
"""More than any array measures; pandas takes 2 kB for each column, whatever the number of rows."""
QUOTE, LINE_END = ord('"'), ord("\n")


def column_names(path: Path, separator: str) -> list[str]:
    """Return the names of the columns in the first line that is not blank, without escapes.

    Arguments:
        path: a file that is not blank.
        separator: one character.

    Raises:
        MmcoreError: a column has no name, two have the same, or there are more than a million.
    """
    _, cells = next(_lines(path, separator))
    names = list(map(unescaped, cells))
    if len(names) > MOST_COLUMNS:
        raise MmcoreError(
            f"'{path}' has {len(names):,} columns, expected at most {MOST_COLUMNS:,}, and a row for each"
            " id; transpose it, or split it into several files"
        )
    if "" in names:
        raise MmcoreError(
            f"'{path}' has no name for column {names.index('') + 1}; name every column in the first line"
        )
    # pandas would rename a duplicate.
    twice = next((name for name, count in Counter(names).items() if count > 1), None)
    if twice is not None:
        raise MmcoreError(f"'{path}' has two columns '{twice}'; rename one of them")
    return names


def check_lines(path: Path, separator: str, width: int) -> None:
    """Check that no line lacks a cell, and that none has more than empty ones beyond the last column.

    Separators are counted, many lines at a time. Only where a count is not as it should be are the
    lines parsed one by one: it may be a blank line, or a quote that is no quotation.

    Arguments:
        path: the file.
        separator: one character.
        width: how many columns have a name.

    Raises:
        MmcoreError: a line is shorter or longer.
    """
    if all(_is_even(piece, ord(separator), width) for piece in _pieces(path)):
        return
    for line, cells in _lines(path, separator):
        if len(cells) < width or any(cells[width:]):
            mark = "a tab" if separator == "\t" else f"'{separator}'"
            raise MmcoreError(
                f"'{path}' has {_counted(len(cells))} in line {line} and {width} column names in its first;"
                f" add or remove cells in that line, or put quotes around a cell that has {mark} in it"
            )


def _pieces(path: Path) -> Iterator[bytes]:
    """Yield the file in pieces that end where a line ends, outside of quotes."""
    with path.open("rb") as file:
        while piece := file.read(AT_ONCE):
            rest = [file.readline()]
            quotes = piece.count(QUOTE) + rest[0].count(QUOTE)
            while quotes % 2 and rest[-1]:
                rest.append(file.readline())
                quotes += rest[-1].count(QUOTE)
            yield piece + b"".join(rest)


def _is_even(piece: bytes, separator: int, width: int) -> bool:
    """Return whether every line has the separators of ``width`` cells, but for empty lines at the end."""
    characters = np.frombuffer(piece.rstrip(b"\r\n") + b"\n", np.uint8)
    ends, separators = characters == LINE_END, characters == separator
    if QUOTE in piece:
        quoted = np.logical_xor.accumulate(characters == QUOTE)
        ends, separators = ends & ~quoted, separators & ~quoted
    before = np.searchsorted(np.flatnonzero(separators), np.flatnonzero(ends))
    return bool((np.diff(before, prepend=0) == width - 1).all())


def _lines(path: Path, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the cells of every line that is not blank, with its number, counted from 1."""
    with (
        _unlimited_cells(),
        path.open(encoding="utf-8-sig", errors="replace", newline="") as file,
    ):
        rows, line = csv.reader(file, delimiter=separator), 1
        for cells in rows:
            if len(cells) > 1 or "".join(cells).strip():
                yield line, cells
            line = rows.line_num + 1


@contextmanager
def _unlimited_cells() -> Iterator[None]:
    """Accept cells of any length in the module csv, as pandas does; the limit belongs to the process."""
    limit = csv.field_size_limit(sys.maxsize)
    try:
        yield
    finally:
        csv.field_size_limit(limit)


def _counted(cells: int) -> str:
    return "1 cell" if cells == 1 else f"{cells} cells"
