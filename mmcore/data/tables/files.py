"""Reading tables: CSV, TSV, Parquet, and the tables that scikit-learn brings."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from mmcore.data.tables.lines import check_lines
from mmcore.data.tables.records import FrameTable, ParquetTable, Table
from mmcore.errors import MmcoreError, listed, nearest

__all__ = ["BUILT_IN", "OpenedTable", "open_table"]

BUILT_IN = "sklearn:"
DELIMITED = {".csv": ",", ".tsv": "\t", ".txt": "\t"}
LOOKED_AT = 1 << 16
DECIMAL_COMMA = re.compile(r'(?:^|;)"?-?\d+,\d+"?(?=;|$)', re.MULTILINE)
QUOTED_COMMA = re.compile(r'(?:^|,)"-?\d+,(?!\d{3}")\d+"(?=,|$)', re.MULTILINE)
"""Where commas separate, too; three digits after one may be thousands."""
DECIMAL_POINT = re.compile(r'(?:^|[,"])-?\d+\.\d+(?=[,"]|$)', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class OpenedTable:
    """A table, and what there is to say of how it was read.

    Arguments:
        table: its cells.
        notes: remarks, a clause each.
        stamp: changes when the file does.
    """

    table: Table
    notes: tuple[str, ...] = ()
    stamp: str = ""


def open_table(
    place: Path | str, text: Sequence[str] = (), missing: Sequence[str] = ()
) -> OpenedTable:
    """Return the table in a file.

    Arguments:
        place: a path, or ``sklearn:NAME``.
        text: columns that are read as text whatever they look like, such as ids.
        missing: texts that mean a missing cell, beside the usual ones.

    Raises:
        MmcoreError: there is no such file, it is empty or not readable.
    """
    if isinstance(place, str):
        return _built_in(place.removeprefix(BUILT_IN))
    if not place.is_file():
        raise MmcoreError(f"there is no file '{place}'; see the spelling, and --data-dir")
    stat = place.stat()
    if stat.st_size == 0:
        raise MmcoreError(f"'{place}' is empty, expected a table with a line of column names")
    if place.suffix in (".parquet", ".pq"):
        opened = _parquet(place)
    elif place.suffix in DELIMITED:
        opened = _delimited(place, text, missing)
    else:
        raise MmcoreError(
            f"'{place}' is of no known kind, expected .csv, .tsv, .txt or .parquet at its end"
        )
    if not len(opened.table):
        raise MmcoreError(f"'{place}' has column names and no row; expected a row for each id")
    return OpenedTable(opened.table, opened.notes, f"{place} {stat.st_size} {stat.st_mtime_ns}")


def _parquet(path: Path) -> OpenedTable:
    try:
        return OpenedTable(ParquetTable(path))
    except (OSError, ValueError) as error:
        raise MmcoreError(f"'{path}' is not a readable Parquet file ({error})") from error


def _delimited(path: Path, text: Sequence[str], missing: Sequence[str]) -> OpenedTable:
    with path.open("rb") as file:
        start = file.read(LOOKED_AT)
    separator, decimal, notes = _dialect(path, start)
    try:
        width = len(_names(path, separator))
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
            # Lines may end with separators, as those of some spreadsheets do.
            usecols=range(width),
        )
    except UnicodeDecodeError as error:
        raise MmcoreError(
            f"'{path}' is not UTF-8 (byte {error.start} is 0x{error.object[error.start]:02x}); save it as"
            " UTF-8, in spreadsheets as 'CSV UTF-8'"
        ) from error
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        told = " ".join(str(error).split())
        raise MmcoreError(
            f"'{path}' is not a readable table ({told}); expected as many cells in every line as in the first"
        ) from error
    return OpenedTable(FrameTable(frame), notes)


def _dialect(path: Path, start: bytes) -> tuple[str, str, tuple[str, ...]]:
    """Return the separator, the decimal mark, and what is unusual about the file."""
    notes = ["it begins with a byte order mark"] if start.startswith(b"\xef\xbb\xbf") else []
    text = start.decode("utf-8", errors="ignore").removeprefix("\ufeff")
    lines = text.splitlines()
    if not text.strip():
        raise MmcoreError(f"'{path}' is empty, expected a table with a line of column names")
    separator = DELIMITED[path.suffix]
    found = max(",;\t", key=lines[0].count)
    if lines[0].count(found) > lines[0].count(separator):
        separator = found
        notes.append(f"its columns are separated by {'tabs' if found == chr(9) else repr(found)}")
    decimal = "."
    if _has_commas("\n".join(lines[1:]), separator):
        decimal = ","
        notes.append("its numbers have decimal commas")
    return separator, decimal, tuple(notes)


def _has_commas(cells: str, separator: str) -> bool:
    """Return whether numbers have commas where others have points."""
    if separator == ",":
        return bool(QUOTED_COMMA.search(cells)) and not DECIMAL_POINT.search(cells)
    return bool(DECIMAL_COMMA.search(cells.replace("\t", ";")))


def _names(path: Path, separator: str) -> pd.Series:
    """Return the names of the columns; two of one name, which pandas would rename, are refused."""
    header = pd.read_csv(
        path,
        sep=separator,
        header=None,
        nrows=1,
        dtype=str,
        encoding="utf-8-sig",
        index_col=False,
        # A column may well be called NA.
        keep_default_na=False,
        na_values=[""],
    )
    names = header.iloc[0]
    if names.isna().any():
        raise MmcoreError(
            f"'{path}' has no name for column {int(names.isna().argmax()) + 1}; name every column in its"
            " first line"
        )
    twice = names[names.duplicated()]
    if len(twice):
        raise MmcoreError(f"'{path}' has two columns '{twice.iloc[0]}'; rename one of them")
    return names


def _built_in(name: str) -> OpenedTable:
    from sklearn import datasets

    makers = {
        "breast_cancer": datasets.load_breast_cancer,
        "diabetes": datasets.load_diabetes,
        "iris": datasets.load_iris,
        "wine": datasets.load_wine,
    }
    if name not in makers:
        raise MmcoreError(
            f"there is no table '{BUILT_IN}{name}', expected one of {listed(makers)}"
            + nearest(name, makers)
        )
    found = makers[name](as_frame=True)
    frame = found.data.assign(id=[f"row{n:04d}" for n in range(1, len(found.data) + 1)])
    if "target_names" in found:
        frame["target"] = [str(found.target_names[code]) for code in found.target]
    return OpenedTable(FrameTable(frame), stamp=f"{BUILT_IN}{name}")
