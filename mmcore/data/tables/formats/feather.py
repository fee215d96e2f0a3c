"""Feather, the file format of Arrow."""

from collections.abc import Iterable
from itertools import chain
from pathlib import Path
from typing import final

import pandas as pd
import pyarrow as pa
from pydantic import BaseModel

from mmcore.data.tables.formats.base import Format, OpenedTable
from mmcore.data.tables.formats.damage import readable
from mmcore.data.tables.formats.lines import check_names
from mmcore.data.tables.formats.typed import arrow_schema, arrow_table, plain_frame
from mmcore.data.tables.missing import MissingWords
from mmcore.data.tables.records import FrameTable
from mmcore.plugins import Context

__all__ = ["Feather", "read_arrow"]


@final
class Feather(Format):
    """Typed columns, as a file or a stream of Arrow.

    Arguments:
        settings: none.
        context: not used.
    """

    def __init__(self, settings: BaseModel, context: Context) -> None:
        pass

    def open(self, path: Path, missing: MissingWords) -> OpenedTable:
        """Return the whole table in memory."""
        with readable(path, "file of Arrow"):
            table = read_arrow(path)
        check_names(path, table.column_names)
        return OpenedTable(FrameTable(plain_frame(table)))

    def write(self, path: Path, frames: Iterable[pd.DataFrame]) -> None:
        """Write each frame as it arrives; the first one determines the types of the columns."""
        remaining = iter(frames)
        first = next(remaining, pd.DataFrame())
        schema = arrow_schema(first)
        with pa.ipc.new_file(str(path), schema) as writer:
            for frame in chain([first], remaining):
                writer.write_table(arrow_table(frame, schema))


def read_arrow(path: Path) -> pa.Table:
    """Return the table in a file or a stream of Arrow."""
    with pa.OSFile(str(path)) as source:
        try:
            return pa.ipc.open_file(source).read_all()
        except pa.ArrowInvalid:
            source.seek(0)
            return pa.ipc.open_stream(source).read_all()
