"""Parquet, read and written some rows at a time."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import final

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel

from mmcore.data.tables.formats.base import Format, OpenedTable
from mmcore.data.tables.formats.damage import readable
from mmcore.data.tables.formats.lines import check_names
from mmcore.data.tables.formats.typed import arrow_schema, arrow_table, plain_frame, plain_schema
from mmcore.data.tables.missing import MissingWords
from mmcore.data.tables.records import Table, levels_of
from mmcore.errors import MmcoreError
from mmcore.plugins import Context

__all__ = ["Parquet", "ParquetTable"]

CELLS = 1 << 20
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
        return OpenedTable(ParquetTable(path))

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
    """One or several Parquet files of which some rows at a time are in memory, for row groups of any size.

    Arguments:
        paths: the files, whose rows follow each other; they have the same columns, in any order.

    Raises:
        MmcoreError: a file is damaged, two columns have the same name, the files have different columns,
            or a column has texts in one and numbers in another.
    """

    def __init__(self, *paths: Path) -> None:
        self._paths = paths
        self._rows = self._bytes = 0
        self._schema, self._categories = _layout(paths[0])
        for path in paths:
            with _opened(path) as file:
                self._rows += int(file.metadata.num_rows)
                self._bytes += _size(file.metadata)
        for path in paths[1:]:
            self._schema = _common(self._schema, path, paths[0])
            _check_levels(self._categories, path, paths[0])

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all columns."""
        return tuple(self._schema.names)

    def __len__(self) -> int:
        """Return the number of rows."""
        return self._rows

    def frames(self, columns: Sequence[str], text: Sequence[str] = ()) -> Iterator[pd.DataFrame]:
        """Yield at most `CELLS` cells at a time."""
        mean = self._bytes // max(self._rows, 1) + 1
        rows = max(1, min(CELLS // max(len(columns), 1), BYTES // mean))
        for path in self._paths:
            with _opened(path) as file:
                for batch in file.iter_batches(rows, columns=list(columns), use_threads=False):
                    # Batches have the columns in the order of the file; with the metadata, pandas would
                    # turn a column that was an index into the index.
                    kinds = pa.schema([self._schema.field(name) for name in batch.schema.names])
                    plain = pa.Table.from_batches([batch.cast(kinds, safe=len(self._paths) == 1)])
                    yield plain.to_pandas(ignore_metadata=True)[list(columns)]

    @property
    def categories(self) -> Mapping[str, tuple[str, ...]]:
        """The columns that are dictionaries in Arrow, which pandas writes for its categories."""
        return self._categories


@contextmanager
def _opened(path: Path) -> Iterator[pq.ParquetFile]:
    with readable(path, "Parquet file"), pq.ParquetFile(path) as file:
        yield file


def _layout(path: Path) -> tuple[pa.Schema, dict[str, tuple[str, ...]]]:
    """Return the plain types of the columns of a file, and the levels of its columns of categories."""
    with _opened(path) as file:
        schema = file.schema_arrow
        check_names(path, schema.names)
        # pandas writes the index of a frame after its columns.
        stated = (schema.pandas_metadata or {}).get("index_columns", ())
        index = [name for name in stated if isinstance(name, str) and name in schema.names]
        names = dict.fromkeys([*index, *schema.names])
        plain = plain_schema(schema)
        return pa.schema([plain.field(name) for name in names]), _levels(file)


def _common(schema: pa.Schema, path: Path, first: Path) -> pa.Schema:
    """Return types that hold the columns of all files so far and of one more."""
    own, _ = _layout(path)
    for one, other, where, lacking in ((schema, own, first, path), (own, schema, path, first)):
        missing = [name for name in one.names if name not in other.names]
        if missing:
            raise MmcoreError(
                f"'{where}' has the column '{missing[0]}', which '{lacking}' lacks; files of one table have"
                " the same columns: write the column to all of them, empty where it is unknown"
            )
    try:
        return pa.unify_schemas([schema, own], promote_options="permissive")
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise MmcoreError(
            f"'{path}' and '{first}' have a column with different types ({error}); write it with the"
            " same type to all files"
        ) from error


def _check_levels(levels: Mapping[str, tuple[str, ...]], path: Path, first: Path) -> None:
    _, own = _layout(path)
    other = next(
        (n for n, known in levels.items() if known and (own.get(n) or known) != known), None
    )
    if other is not None:
        raise MmcoreError(
            f"the ordered column '{other}' has the levels {', '.join(own[other])} in '{path}', and"
            f" {', '.join(levels[other])} in '{first}'; write the same levels to all files"
        )


def _levels(file: pq.ParquetFile) -> dict[str, tuple[str, ...]]:
    coded = {f.name: f.type for f in file.schema_arrow if pa.types.is_dictionary(f.type)}
    ordered = [name for name, kind in coded.items() if kind.ordered]
    stated: dict[str, tuple[str, ...]] = dict.fromkeys(
        [*coded, *_numbered_categories(file.schema_arrow)], ()
    )
    if not ordered or not file.metadata.num_row_groups:
        return stated
    first = next(file.iter_batches(1, row_groups=[0], columns=ordered))
    own = plain_frame(pa.Table.from_batches([first]))
    return stated | levels_of(own)


def _numbered_categories(schema: pa.Schema) -> list[str]:
    """Return the columns of numbers that were categories without an order in pandas; Arrow has numbers."""
    columns = (schema.pandas_metadata or {}).get("columns", ())
    return [
        str(column["field_name"])
        for column in columns
        if column.get("pandas_type") == "categorical"
        and not (column.get("metadata") or {}).get("ordered")
        and column.get("field_name") in schema.names
    ]


def _size(metadata: pq.FileMetaData) -> int:
    """Return the size of all rows in bytes, before compression."""
    groups = (metadata.row_group(n) for n in range(metadata.num_row_groups))
    return sum(int(group.total_byte_size) for group in groups)
