"""Tables in another arrangement: rows as columns, and a row for each value."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa

from mmcore.config.layout import LongTable, TableLayout
from mmcore.data.tables.formats import OpenedTable, TextTable
from mmcore.data.tables.formats.lines import check_names
from mmcore.data.tables.ids import quoted, unnamed
from mmcore.data.tables.records import FrameTable
from mmcore.data.tables.spelling import plainly
from mmcore.errors import MmcoreError, nearest

__all__ = ["arranged"]

UNITS = ("unit", "units", "uom", "valueuom")
"""Names of the column with the unit of each value."""


def arranged(opened: OpenedTable, layout: TableLayout, key: str, source: str) -> OpenedTable:
    """Return a table in which each row is an id and each column a measurement.

    Arguments:
        opened: the table as in the file.
        layout: how it is arranged there.
        key: name of the id column.
        source: the file, for messages.

    Raises:
        MmcoreError: a column is missing, or a value is given twice.
    """
    if layout.long is not None:
        opened = _widened(opened, layout.long, key, source)
    return _transposed(opened, key, source) if layout.transpose else opened


def _transposed(opened: OpenedTable, key: str, source: str) -> OpenedTable:
    names = opened.table.names
    first = _names_column(opened, key, source)
    samples = [name for name in names if name not in (first, *opened.annotations)]
    columns = [str(name) for name in _texts(opened, [first])[first]]
    check_names(source, [key, *columns])
    note = f"transposed: its column '{first}' has the names of the columns, its other names are ids"
    if isinstance(opened.table, TextTable):
        cells = _texts(opened, samples)
        flat = pa.concat_arrays([_array(cells[name]) for name in samples])
        order = np.arange(len(flat)).reshape(len(samples), -1).T.ravel()
        flat, size = flat.take(pa.array(order)), len(samples)
        parts = [flat.slice(row * size, size) for row in range(len(columns))]
        table = pa.Table.from_arrays([pa.array(samples), *parts], names=[key, *columns])
        return _as_text(opened, table, note)
    frame = pd.concat(opened.table.frames(samples)).T.set_axis(columns, axis=1)
    frame.insert(0, key, samples)
    return replace(opened, table=FrameTable(frame.infer_objects()), notes=(*opened.notes, note))


def _names_column(opened: OpenedTable, key: str, source: str) -> str:
    """Return the column with the names of the measurements: one without a name, the id, or the first."""
    names = opened.table.names
    first = next((n for n in (*unnamed(opened), key) if n in names), names[0])
    cells = pd.concat(frame[first] for frame in opened.table.frames([first]))
    if cells.dtype.kind == "f" and bool((cells % 1 > 0).any()):
        raise MmcoreError(
            f"'{source}' has {cells[cells % 1 > 0].iloc[0]:g} in column '{first}', expected the names of the"
            f" measurements, because of transpose: true; name their column by id: NAME{nearest(key, names)}"
        )
    return first


def _widened(opened: OpenedTable, long: LongTable, key: str, source: str) -> OpenedTable:
    wanted = {"id": long.id or key, "name": long.name, "value": long.value}
    for role, column in wanted.items():
        if column not in opened.table.names:
            raise MmcoreError(
                f"long.{role} is '{column}', expected a column of '{source}', whose columns are"
                f" {', '.join(opened.table.names[:5])}{nearest(column, opened.table.names)}"
            )
    cells = _texts(opened, list(wanted.values()))
    rows, ids = _codes(cells[wanted["id"]], opened, source, "id")
    columns, names = _codes(cells[wanted["name"]], opened, source, "name")
    twice = pd.Series(rows * len(names) + columns).duplicated().to_numpy()
    if twice.any():
        at = int(twice.argmax())
        raise MmcoreError(
            f"'{source}' has {int(twice.sum())} values more than one for an id and a name, such as"
            f" {quoted([names[columns[at]]])} of {quoted([ids[rows[at]]])}; keep one value of each"
        )
    check_names(source, [key, *names])
    _check_units(opened, cells[wanted["name"]], source)
    note = _long_note(opened, wanted)
    values = cells[wanted["value"]]
    if isinstance(opened.table, TextTable):
        wide = _placed(values.to_numpy(object), rows, columns, (len(ids), len(names)), None)
        arrays = [pa.array(column, pa.string(), from_pandas=True) for column in wide.T]
        return _as_text(
            opened, pa.Table.from_arrays([pa.array(ids), *arrays], names=[key, *names]), note
        )
    kind = np.float64 if values.dtype.kind in "biuf" else object
    shape = len(ids), len(names)
    wide = _placed(
        values.to_numpy(kind), rows, columns, shape, np.nan if kind is not object else None
    )
    frame = pd.DataFrame(wide, columns=names)
    frame.insert(0, key, ids)
    return replace(opened, table=FrameTable(frame.infer_objects()), notes=(*opened.notes, note))


def _check_units(opened: OpenedTable, names: pd.Series, source: str) -> None:
    """Check that all values of one name have one unit, if the table has a column of units."""
    column = next((n for n in opened.table.names if n.strip().casefold() in UNITS), None)
    if column is None:
        return
    units, own = _texts(opened, [column])[column], names.astype(str)
    known = pd.DataFrame({"name": own, "unit": units.map(plainly, na_action="ignore")})
    different = known.dropna().groupby("name", sort=False)["unit"].nunique()
    mixed = different.index[different > 1]
    if len(mixed):
        several = units[own == mixed[0]].dropna().unique()
        raise MmcoreError(
            f"'{source}' has values of '{mixed[0]}' in several units, such as {quoted(several)} in column"
            f" '{column}'; convert them, or give the values of each unit a name of their own"
        )


def _long_note(opened: OpenedTable, wanted: dict[str, str]) -> str:
    others = [name for name in opened.table.names if name not in wanted.values()]
    rest = f"; its columns {', '.join(others[:5])} are left out" if others else ""
    return f"a row for each value: '{wanted['name']}' has the names of the columns{rest}"


def _placed(
    values: np.ndarray, rows: np.ndarray, columns: np.ndarray, shape: tuple[int, int], gap: object
) -> np.ndarray:
    wide = np.full(shape, gap, values.dtype)
    wide[rows, columns] = values
    return wide


def _codes(
    cells: pd.Series, opened: OpenedTable, source: str, role: str
) -> tuple[np.ndarray, list[str]]:
    """Return the number of each distinct text, in the order of the file, and these texts."""
    gaps = cells.isna().to_numpy()
    if gaps.any():
        row = opened.first_row + int(gaps.argmax())
        raise MmcoreError(
            f"'{source}' has no {role} in row {row} of a long table; give every value one"
        )
    codes, names = pd.factorize(cells.astype(str))
    return codes, [str(name) for name in names]


def _texts(opened: OpenedTable, columns: list[str]) -> pd.DataFrame:
    return pd.concat(opened.table.frames(columns, columns), ignore_index=True)


def _array(cells: pd.Series) -> pa.Array:
    array = pa.array(cells, pa.large_string(), from_pandas=True)
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def _as_text(opened: OpenedTable, table: pa.Table, note: str) -> OpenedTable:
    texts = pa.table([c.cast(pa.string()) for c in table.columns], names=table.column_names)
    cells = TextTable(texts, opened.missing)
    return replace(opened, table=cells, removed=cells.removed, notes=(*opened.notes, note))
