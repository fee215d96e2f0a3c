"""One table in several Parquet files: a folder of them, or a pattern."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from mmcore.data.tables.columns import stamps
from mmcore.data.tables.formats.base import OpenedTable
from mmcore.data.tables.paths import split_pattern
from mmcore.errors import MmcoreError

__all__ = ["open_shards", "shards_of"]

SUFFIXES = (".parquet", ".pq")
HIDDEN = (".", "_")
"""Prefixes of files that are no shards, as in Spark, Hive and pyarrow: ``_SUCCESS``, ``_metadata``."""


def shards_of(place: Path) -> list[Path]:
    """Return the Parquet files of a folder or a pattern, sorted by name; none for any other path.

    A folder with other files is no table in shards; files whose names begin with ``.`` or ``_`` do not count.

    Raises:
        MmcoreError: a pattern matches other files, or none.
    """
    folder, pattern = split_pattern(place)
    if pattern and not place.exists():
        return _matching(place, _visible(folder.glob(pattern)))
    if not place.is_dir():
        return []
    files = _visible(place.iterdir())
    return files if all(map(_is_shard, files)) else []


def open_shards(shards: Sequence[Path], place: Path) -> OpenedTable:
    """Return the table whose rows are those of all files, in the order of the files.

    Raises:
        MmcoreError: a file cannot be read, the columns differ, or there is no row.
    """
    from mmcore.data.tables.formats.parquet import ParquetTable

    table = ParquetTable(*shards)
    if not len(table):
        raise MmcoreError(f"'{place}' has column names but no rows, expected one row for each id")
    note = f"its rows are in {len(shards)} files, '{shards[0].name}' to '{shards[-1].name}'"
    return OpenedTable(table, (note,), stamp=" ".join(stamps([*shards])), beside=tuple(shards))


def _matching(place: Path, files: list[Path]) -> list[Path]:
    if not files:
        raise MmcoreError(f"no file matches '{place}'; see the spelling, or name the folder alone")
    other = next((file for file in files if not _is_shard(file)), None)
    if other is not None:
        raise MmcoreError(
            f"'{place}' matches '{other.name}', expected Parquet files alone; write a pattern that ends with"
            f" '*{SUFFIXES[0]}', or convert the other files to Parquet"
        )
    return files


def _visible(paths: Iterable[Path]) -> list[Path]:
    return sorted(p for p in paths if p.is_file() and not p.name.startswith(HIDDEN))


def _is_shard(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES
