"""Tables and views of an SQLite database in a file."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import final
from urllib.request import pathname2url

import pandas as pd

from mmcore.config.layout import DatabaseSettings
from mmcore.data.tables.formats.base import Format, OpenedTable, SeveralTables
from mmcore.data.tables.formats.extras import refuse_to_write
from mmcore.data.tables.formats.lines import check_names
from mmcore.data.tables.missing import MissingWords
from mmcore.data.tables.records import FrameTable
from mmcore.errors import MmcoreError, listed, nearest
from mmcore.plugins import Context

__all__ = ["Sqlite", "chosen_table"]

TABLES = (
    "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'"
)

JOURNAL = "-wal"
"""The end of the name of a file with rows that are not in the database file yet."""


@final
class Sqlite(Format):
    """A table or a view, which can hold a query; the file is opened for reading only.

    Arguments:
        settings: which table.
        context: not used.
    """

    def __init__(self, settings: DatabaseSettings, context: Context) -> None:
        self._table = settings.table

    def open(self, path: Path, missing: MissingWords) -> OpenedTable:
        """Return the whole table in memory."""
        address = f"file:{pathname2url(str(path.resolve()))}?mode=ro"
        try:
            with closing(sqlite3.connect(address, uri=True)) as database:
                tables = [name for (name,) in database.execute(TABLES)]
                name = chosen_table(path, self._table, tables).replace('"', '""')
                cursor = database.execute(f'SELECT * FROM "{name}"')
                names = [column[0] for column in cursor.description]
                rows = cursor.fetchall()
        except sqlite3.Error as error:
            raise MmcoreError(f"'{path}' is not a readable SQLite database ({error})") from error
        check_names(path, names)
        columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=False))
        journal = path.with_name(path.name + JOURNAL)
        beside = (journal,) if journal.is_file() else ()
        return OpenedTable(FrameTable(pd.DataFrame(columns, columns=names)), beside=beside)

    def write(self, path: Path, frames: Iterable[pd.DataFrame]) -> None:
        """Refuse to write, so that no database of the user changes."""
        refuse_to_write(path, frames)


def chosen_table(path: Path, name: str | None, tables: list[str]) -> str:
    """Return the name of a table, the only one if none is given.

    Raises:
        MmcoreError: there is no such table, or there are several.
    """
    if name is None and len(tables) == 1:
        return tables[0]
    known = f"expected table: NAME with one of {listed(tables)}{nearest(name or '', tables)}"
    if not tables:
        raise MmcoreError(f"'{path}' has no tables, {known}")
    if name is None:
        raise SeveralTables(f"'{path}' has several tables, {known}", "table", tables)
    if name not in tables:
        raise MmcoreError(f"'{path}' has no table '{name}', {known}")
    return name
