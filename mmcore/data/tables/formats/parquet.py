"""Parquet, read and written some rows at a time."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import final

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel

from mmcore.data.tables.formats.base import Format, OpenedTable
from mmcore.data.tables.formats.typed import arrow_schema, arrow_table, plain_frame, plain_schema
from mmcore.data.tables.missing import MissingWords
from mmcore.data.tables.records import Table, levels_of
from mmcore.errors import MmcoreError
from mmcore.plugins import Context

__all__ = ["Parquet", "ParquetTable"]

CELLS = 1 << 22
"""Number of cells that are decoded at once."""
BYTES = 1 << 26
"""Largest size of the rows that are decoded at once, by their mean size; a cell can hold a file."""


@final
class Parquet(Format):
    """The column format of Apache; its files have types, so cells are read as they are.

    Arguments:
        settings: none.
        context: not used.
    """

    def __init__(self, settings: BaseModel, context: Context) -> None:
        pass

    def open(self, path: Path, missing: MissingWords) -> OpenedTable:
        """Return a table that reads some rows at a time."""
        try:
            return OpenedTable(ParquetTable(path))
        except (OSError, ValueError) as error:
            raise MmcoreError(f"'{path}' is not a readable Parquet file ({error})") from error

    def write(self, path: Path, frames: Iterable[pd.DataFrame]) -> None:
        """Write each frame as it arrives; the first one determines the types of the columns."""
        remaining = iter(frames)
        first = next(remaining, pd.DataFrame())
        schema = arrow_schema(first)
        with pq.ParquetWriter(path, schema) as writer:
            for frame in chain([first], remaining):
                writer.write_table(arrow_table(frame, schema))


@final
class ParquetTable(Table):
    """A Parquet file of which some rows at a time are in memory, for row groups of any size.

    Arguments:
        path: the file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with pq.ParquetFile(path) as file:
            self._names = tuple(file.schema_arrow.names)
            self._rows = int(file.metadata.num_rows)
            self._size = _mean_size(file.metadata)
            self._categories = _levels(file)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all columns."""
        return self._names

    def __len__(self) -> int:
        """Return the number of rows."""
        return self._rows

    def frames(self, columns: Sequence[str], text: Sequence[str] = ()) -> Iterator[pd.DataFrame]:
        """Yield at most `CELLS` cells at a time."""
        rows = max(1, min(CELLS // max(len(columns), 1), BYTES // self._size))
        with pq.ParquetFile(self._path) as file:
            for batch in file.iter_batches(rows, columns=list(columns), use_threads=False):
                # Batches have the columns in the order of the file; with the metadata, pandas would turn
                # a column that was an index into the index.
                plain = pa.Table.from_batches([batch.cast(plain_schema(batch.schema))])
                yield plain.to_pandas(ignore_metadata=True)[list(columns)]

    @property
    def categories(self) -> Mapping[str, tuple[str, ...]]:
        """The columns that are dictionaries in Arrow, which pandas writes for its categories."""
        return self._categories


def _levels(file: pq.ParquetFile) -> dict[str, tuple[str, ...]]:
    coded = {f.name: f.type for f in file.schema_arrow if pa.types.is_dictionary(f.type)}
    ordered = [name for name, kind in coded.items() if kind.ordered]
    if not ordered or not file.metadata.num_row_groups:
        return dict.fromkeys(coded, ())
    first = next(file.iter_batches(1, row_groups=[0], columns=ordered))
    own = plain_frame(pa.Table.from_batches([first]))
    return dict.fromkeys(coded, ()) | levels_of(own)


def _mean_size(metadata: pq.FileMetaData) -> int:
    """Return the mean size of a row in bytes, before compression."""
    groups = (metadata.row_group(n) for n in range(metadata.num_row_groups))
    size = sum(int(group.total_byte_size) for group in groups)
    return size // max(int(metadata.num_rows), 1) + 1
