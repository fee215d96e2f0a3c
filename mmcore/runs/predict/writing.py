"""Tables of predictions as files, Parquet or CSV by suffix."""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from mmcore.errors import MmcoreError

__all__ = ["check_place", "write_frames"]

PARQUET, DELIMITED = (".parquet", ".pq"), {".csv": ",", ".tsv": "\t"}
Write = Callable[[pd.DataFrame], None]


def check_place(path: Path) -> None:
    """Check that a table can be written to ``path``.

    Raises:
        MmcoreError: its suffix is unknown, its folder does not exist, or it exists.
    """
    if path.suffix not in (*PARQUET, *DELIMITED):
        raise MmcoreError(
            f"--out is '{path}', expected a name that ends in {', '.join([PARQUET[0], *DELIMITED])}"
        )
    if not path.parent.is_dir():
        raise MmcoreError(f"there is no folder '{path.parent}' for --out; create it first")
    if path.exists():
        raise MmcoreError(f"'{path}' already exists; delete it, or choose another name with --out")


def write_frames(path: Path, frames: Iterable[pd.DataFrame]) -> int:
    """Write frames of the same columns one below the other, and return the number of rows.

    The file is never seen half-written: on an error there is none.

    Raises:
        MmcoreError: see `check_place`.
    """
    check_place(path)
    temporary, rows = path.with_name(f".{path.name}.tmp"), 0
    opened = _parquet if path.suffix in PARQUET else _delimited
    try:
        with opened(temporary, DELIMITED.get(path.suffix, "")) as write:
            for frame in frames:
                write(frame)
                rows += len(frame)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    return rows


@contextmanager
def _delimited(path: Path, separator: str) -> Iterator[Write]:
    with path.open("w", encoding="utf-8", newline="") as file:

        def write(frame: pd.DataFrame) -> None:
            frame.to_csv(file, sep=separator, index=False, header=file.tell() == 0)

        yield write


@contextmanager
def _parquet(path: Path, _: str) -> Iterator[Write]:
    made: list[pq.ParquetWriter] = []

    def write(frame: pd.DataFrame) -> None:
        if not made:
            made.append(pq.ParquetWriter(path, _schema(frame)))
        made[0].write_table(_table(frame, made[0].schema))

    try:
        yield write
    finally:
        for writer in made:
            writer.close()


def _table(frame: pd.DataFrame, schema: pa.Schema) -> pa.Table:
    # Table.from_pandas takes longer over 100,000 columns than the model does over their cells.
    pairs = zip(frame.items(), schema, strict=True)
    arrays = [pa.array(cells, field.type, from_pandas=True) for (_, cells), field in pairs]
    return pa.Table.from_arrays(arrays, schema=schema)


def _schema(frame: pd.DataFrame) -> pa.Schema:
    """Return the types of the columns, which a first frame of empty texts must not decide."""
    return pa.schema([(str(name), _type(cells)) for name, cells in frame.items()])


def _type(cells: pd.Series) -> pa.DataType:
    kind = cells.dtype
    if pd.api.types.is_bool_dtype(kind):
        return pa.bool_()
    if pd.api.types.is_integer_dtype(kind):
        return pa.int64()
    return pa.float64() if pd.api.types.is_float_dtype(kind) else pa.string()
