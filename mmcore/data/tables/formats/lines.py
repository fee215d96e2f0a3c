"""Names of the columns of delimited files, and files whose lines have different numbers of cells."""

import csv
import re
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa

from mmcore.data.tables.formats.formulas import unescaped
from mmcore.errors import MmcoreError

__all__ = ["check_names", "header", "read_lines"]

SHOWN = 40
"""Characters of a name in a message."""
NUMBER = re.compile(r"[+-]?\d*[.,]?\d+")
MOST_COLUMNS = 1_000_000
"""More than any array measures."""


@contextmanager
def _unlimited_cells() -> Iterator[None]:
    """Accept cells of any length in the module csv; the limit belongs to the process."""
    limit = csv.field_size_limit(sys.maxsize)
    try:
        yield
    finally:
        csv.field_size_limit(limit)


def check_names(path: Path | str, names: list[str]) -> None:
    """Check the names of the columns; only the first column may have none.

    Raises:
        MmcoreError: a column has no name, two have the same, or there are none, or more than a million.
    """
    if not names:
        raise MmcoreError(f"'{path}' is empty, expected a table with column names")
    if len(names) > MOST_COLUMNS:
        raise MmcoreError(
            f"'{path}' has {len(names):,} columns, expected at most {MOST_COLUMNS:,}, and a row for each"
            " id; transpose it, or split it into several files"
        )
    if "" in names[1:]:
        raise MmcoreError(
            f"'{path}' has no name for column {names[1:].index('') + 2} in its first line, which begins with"
            f" '{names[0][:SHOWN]}'; name every column there, or remove lines above the names and separators"
            " after the last"
        )
    twice = next((name for name, count in Counter(names).items() if count > 1), None)
    if twice is not None:
        other = ", or write header: none if the first line has no names"
        remedy = f"rename one of them{other if NUMBER.fullmatch(twice) else ''}"
        raise MmcoreError(f"'{path}' has two columns '{twice}'; {remedy}")


def header(path: Path, separator: str) -> tuple[list[str], list[str], int]:
    """Return the cells of the first two lines that are not blank, and where the first one ends.

    Returns:
        The names of the columns, the cells of the first row, and the number of lines of the file up to
        the end of the names.

    Raises:
        UnicodeDecodeError: the file begins with other text than UTF-8.
    """
    with _unlimited_cells(), path.open(encoding="utf-8-sig", newline="") as file:
        reader, names, end = csv.reader(file, delimiter=separator), list[str](), 0
        for cells in reader:
            if names:
                if cells and (len(cells) > 1 or cells[0].strip()):
                    return list(map(unescaped, names)), cells, end
            elif "".join(cells).strip() or len(cells) > 1:
                names, end = cells, reader.line_num
    return list(map(unescaped, names)), [], end


def read_lines(path: Path, separator: str, names: list[str], skip: int) -> pa.Table:
    """Return the cells of all rows as text.

    A line of blanks is no row, and empty cells beyond the last column are left out.

    Arguments:
        path: the file.
        separator: one character.
        names: of the columns.
        skip: number of lines up to the end of the names.

    Raises:
        MmcoreError: a line is shorter or longer, or a quote is not closed.
    """
    columns: list[list[str | None]] = [[] for _ in names]
    for line, cells in _lines(path, separator, skip):
        if len(cells) < len(names) or any(cells[len(names) :]):
            mark = "a tab" if separator == "\t" else f"'{separator}'"
            raise MmcoreError(
                f"'{path}' has {_counted(len(cells))} in line {line} and {len(names)} column names in its"
                f" first; add or remove cells in that line, or put quotes around a cell that has {mark} in it"
            )
        for column, cell in zip(columns, cells, strict=False):
            column.append(cell or None)
    arrays = [pa.chunked_array([pa.array(column, pa.string())]) for column in columns]
    return pa.Table.from_arrays(arrays, names=names)


def _lines(path: Path, separator: str, skip: int) -> Iterator[tuple[int, list[str]]]:
    """Yield the cells of every line after the names that is not blank, with its number, from 1."""
    with _unlimited_cells(), path.open(encoding="utf-8-sig", newline="") as file:
        rows, line = csv.reader(file, delimiter=separator, strict=True), 1
        try:
            for cells in rows:
                is_blank = len(cells) < 2 and not "".join(cells).strip()
                if rows.line_num > skip and not is_blank:
                    yield line, cells
                line = rows.line_num + 1
        except csv.Error as error:
            raise MmcoreError(
                f"'{path}' is not a readable table ({error} in the row that begins in line {line}); expected"
                " as many cells in every line as in the first, and quotes in pairs"
            ) from error


def _counted(cells: int) -> str:
    return "1 cell" if cells == 1 else f"{cells} cells"
