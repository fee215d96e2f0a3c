"""Tables and views of a DuckDB database in a file."""

from collections.abc import Iterable
from pathlib import Path
from typing import final

import pandas as pd

from mmcore.config.layout import DatabaseSettings
from mmcore.data.tables.formats.base import Format, OpenedTable
from mmcore.data.tables.formats.extras import package, refuse_to_write
from mmcore.data.tables.formats.lines import check_names
from mmcore.data.tables.formats.sqlite import chosen_table
from mmcore.data.tables.formats.typed import plain_frame
from mmcore.data.tables.missing import MissingWords
from mmcore.data.tables.records import FrameTable
from mmcore.errors import MmcoreError
from mmcore.plugins import Context

__all__ = ["DuckDb"]

CLOSED = {"enable_external_access": "false", "autoload_known_extensions": "false"}
"""A view of the database cannot read other files, or load code."""
TABLES = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'main' ORDER BY 1"


@final
class DuckDb(Format):
    """A table or a view, which can hold a query; the file is opened for reading only.

    Arguments:
        settings: which table.
        context: not used.
    """

    def __init__(self, settings: DatabaseSettings, context: Context) -> None:
        self._table = settings.table

    def open(self, path: Path, missing: MissingWords) -> OpenedTable:
        """Return the whole table in memory."""
        duckdb = package("duckdb", "duckdb", path)
        try:
            with duckdb.connect(str(path), read_only=True, config=CLOSED) as database:
                tables = [name for (name,) in database.execute(TABLES).fetchall()]
                name = chosen_table(path, self._table, tables).replace('"', '""')
                cells = database.sql(f'SELECT * FROM "{name}"').to_arrow_table()
        except duckdb.Error as error:
            raise MmcoreError(f"'{path}' is not a readable DuckDB database ({error})") from error
        check_names(path, cells.column_names)
        return OpenedTable(FrameTable(plain_frame(cells)))

    def write(self, path: Path, frames: Iterable[pd.DataFrame]) -> None:
        """Refuse to write, so that no database of the user changes."""
        refuse_to_write(path, frames)
