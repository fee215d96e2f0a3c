"""Converting records to rows of cells, and rows to columns."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from math import prod
from typing import Any

import numpy as np
import pandas as pd
import torch
from pydantic import TypeAdapter
from torch import Tensor

from mmcore.data.tables import Reader, Reading, Records, SparseRows, Values, fetched
from mmcore.data.tables.records import Batches
from mmcore.plugins import Context
from mmcore.storage.arrays import FileRows, cached_rows
from mmcore_table.batches import SiteMoments
from mmcore_table.cells import check_sparse, numbers
from mmcore_table.departing import Departures
from mmcore_table.findings import (
    counts_of,
    densities_of,
    examples_of,
    lost_categories,
    positive_of,
    readings_of,
    repeated,
    row_numbers,
    without_cells,
)
from mmcore_table.fitting import fit_columns
from mmcore_table.positive import skewed
from mmcore_table.sentinels import possible_marks
from mmcore_table.settings import COUNTS, Column, TableSettings
from mmcore_table.writing import categories_of, copied, respelled_of, written

IN_MEMORY = 1 << 26
"""Cells, 256 MiB; a larger table is stored in the cache folder, and its rows are read from there."""


class TableReader(Reader):
    """Reads columns by name: numbers unchanged, categories as indices, missing cells as NaN.

    Arguments:
        settings: the settings of the modality.
    """

    def __init__(self, settings: TableSettings, context: Context | None = None) -> None:
        self._settings = settings

    def fit(self, records: Records) -> Mapping[str, Any]:
        """Return the settings with kind, center and scale of each column."""
        chosen = fit_columns(self._settings, records)
        if records.batches is not None:
            chosen = _with_batches(chosen, records, records.batches)
        chosen = chosen.model_copy(update={"width": chosen.chosen_width})
        return chosen.model_dump(mode="json", exclude_defaults=True)

    def read(self, records: Records) -> Reading:
        """Return (N, C) float32 cells."""
        columns = self._settings.fitted
        records.check([column.name for column in columns])
        left_out = (*without_cells(self._settings.left_out), *lost_categories(columns, records))
        departures = Departures(columns)
        rows = self._sparse(records, departures)
        values: Values = self._dense(records, departures) if rows is None else rows
        return Reading(values, (*left_out, *departures.notes(len(records))))

    def _dense(self, records: Records, departures: Departures) -> Values:
        """Return the cells in memory, or in a file, beside which the counts of departures are kept."""
        shape = (len(records), len(self._settings.fitted))
        parts = partial(self._parts, records, departures)
        if prod(shape) <= IN_MEMORY:
            return torch.from_numpy(_filled(shape, parts()))
        key, size = self._key(records), departures.counts.shape
        values = cached_rows(key, shape, np.float32, parts)
        recounted = partial(departures.recounted, parts)
        counts = cached_rows([*key, "departures"], size, np.float64, recounted)
        departures.counts = counts.read(np.arange(size[0]))
        return values

    def _sparse(self, records: Records, departures: Departures) -> SparseRows | None:
        """Return the cells as in the file, if they are numbers of a sparse matrix."""
        columns, names = self._settings.fitted, self.columns()
        rows = records.sparse(names) if all(c.is_plain and not c.is_log for c in columns) else None
        if rows is None:
            return None
        check_sparse(rows, names, records)
        rows = _whole_counts(rows, columns, departures)
        offsets = np.array([column.offset for column in columns])
        for chunk in rows.chunks():
            departures.add_sparse(chunk, offsets)
        return replace(rows, offsets=offsets if offsets.any() else None)

    def _parts(self, records: Records, departures: Departures) -> Iterator[np.ndarray]:
        """Yield the cells of all records in order, (B, C) float32."""
        columns = self._settings.fitted
        numeric = [i for i, c in enumerate(columns) if not c.is_coded]
        offsets = np.array([columns[i].offset for i in numeric])
        logs = [i for i in numeric if columns[i].is_log]
        counts = [i for i in numeric if columns[i].kind in COUNTS]
        parses = {c.name: c.parse for c in columns if not c.is_coded and not c.parse.is_plain}
        text = [c.name for c in columns if not c.parse.is_plain]
        for frame in records.frames([c.name for c in columns], text):
            # Before they become float32: 1.6e9 seconds have a resolution of 128 s then.
            cells = np.empty((len(frame), len(columns)))
            cells[:, numeric] = numbers(frame.iloc[:, numeric], records, parses) - offsets
            for place in logs:
                cells[:, place] = _logarithms(cells[:, place], place, departures)
            for place in counts:
                cells[:, place] = _counts(cells[:, place], place, departures)
            departures.add(cells)
            for place, column in enumerate(columns):
                if column.is_coded:
                    cells[:, place] = _codes(frame.iloc[:, place], column, place, departures)
            yield cells.astype(np.float32)

    def _key(self, records: Records) -> list[str]:
        rows = b"all" if records.rows is None else records.rows.tobytes()
        fitted = TypeAdapter(tuple[Column, ...]).dump_json(self._settings.fitted).decode()
        return [records.stamp, hashlib.sha256(rows).hexdigest(), fitted]

    def describe(self, records: Records) -> str:
        """Return the number of columns of each kind and the share of missing cells."""
        counts = Counter(column.title for column in self._settings.fitted)
        kinds = ", ".join(f"{count} {kind}" for kind, count in counts.most_common())
        values = self.read(records).values
        if isinstance(values, SparseRows):
            missing = float(values.missing().sum()) / max(1, prod(values.shape))
        elif isinstance(values, FileRows):
            missing = sum(int(np.isnan(part).sum()) for part in values.chunks()) / prod(
                values.shape
            )
        else:
            missing = float(values.isnan().float().mean())
        return f"{len(self._settings.fitted)} columns: {kinds}; {missing:.1%} of cells missing"

    def examples(self, records: Records) -> list[str]:
        """Return the kind of each column with examples of its cells."""
        return examples_of(self._settings.fitted, records)

    def findings(self, records: Records) -> list[str]:
        """Return notes on columns: how they are read, constant ones, and duplicates."""
        chosen, values = self._settings, self.read(records).values
        columns = chosen.fitted
        declared = {*chosen.types_of(self.columns()), *chosen.levels}
        return [
            *counts_of(chosen.counted, len(columns)),
            *densities_of(chosen.by_density),
            *positive_of(skewed(columns, values, declared)),
            *readings_of(columns, records, declared),
            *possible_marks(columns, values),
            *row_numbers(columns, values, records),
            *repeated(columns, values),
        ]

    def columns(self) -> tuple[str, ...]:
        """Return the names of the columns."""
        return tuple(column.name for column in self._settings.fitted)

    def batches(self) -> tuple[str, ...]:
        """Return the batches of the training records."""
        return self._settings.batches

    def left_out(self) -> tuple[str, ...]:
        """Return the columns without an observed cell in the training records."""
        return self._settings.left_out

    def texts(self) -> tuple[str, ...]:
        """Return the columns whose cells are copied as text."""
        coded = (c for c in self._settings.fitted if c.is_coded or not c.parse.is_plain)
        return tuple(column.name for column in coded)

    def write(self, values: Tensor) -> dict[str, np.ndarray]:
        """Return numbers in double precision, categories and other forms as texts, and times."""
        cells = values.detach().cpu().double().numpy()
        return {c.name: written(cells[:, i], c) for i, c in enumerate(self._settings.fitted)}

    def cells(self, frame: pd.DataFrame) -> dict[str, np.ndarray]:
        """Return cells of a file as `write` returns them."""
        known = {c.name: c for c in self._settings.fitted}
        return {str(n): copied(frame[n], known[n]) for n in frame if n in known}


def _filled(shape: tuple[int, int], parts: Iterable[np.ndarray]) -> np.ndarray:
    cells, begin = np.empty(shape, np.float32), 0
    for part in parts:
        cells[begin : begin + len(part)] = part
        begin += len(part)
    return cells


def _with_batches(settings: TableSettings, records: Records, batches: Batches) -> TableSettings:
    """Return fitted settings with the shifts of batches, from all records, some at a time."""
    values, sites = TableReader(settings).read(records).values, batches.codes(records.ids)
    moments = SiteMoments(settings.fitted, len(batches.names))
    size = max(1, IN_MEMORY // max(1, len(settings.fitted)))
    for rows in torch.arange(len(records)).split(size):
        moments.add(fetched(values, rows).double().numpy(), sites[rows.numpy()])
    return settings.model_copy(update={"fitted": moments.fitted(), "batches": batches.names})


def _codes(cells: pd.Series, column: Column, place: int, departures: Departures) -> np.ndarray:
    places, known = categories_of(cells, column), cells.notna().to_numpy()
    lost = (places < 0) & known
    if lost.any():
        places[lost] = respelled_of(cells[lost], column)
        departures.respell(place, int((places[lost] >= 0).sum()))
    departures.lose(place, int(((places < 0) & known).sum()))
    return np.where(places < 0, np.nan, places)


def _logarithms(cells: np.ndarray, place: int, departures: Departures) -> np.ndarray:
    positive = cells > 0
    departures.lose(place, int((~positive & ~np.isnan(cells)).sum()))
    return np.log(np.where(positive, cells, np.nan))


def _counts(cells: np.ndarray, place: int, departures: Departures) -> np.ndarray:
    wrong = _is_no_count(cells)
    departures.lose(place, int(wrong.sum()))
    return np.where(wrong, np.nan, cells)


def _is_no_count(cells: np.ndarray) -> np.ndarray:
    """Return which numbers are negative or fractions."""
    return np.asarray((cells < 0) | (cells % 1 > 0))


def _whole_counts(
    rows: SparseRows, columns: Sequence[Column], departures: Departures
) -> SparseRows:
    """Return the rows without the entries of counts that are negative or fractions."""
    matrix = rows.matrix
    counts = np.array([column.kind in COUNTS for column in columns], dtype=bool)
    if matrix.dtype.kind == "u" or not counts.any():
        return rows
    wrong = counts[matrix.indices] & _is_no_count(matrix.data)
    if not wrong.any():
        return rows
    cells = np.where(wrong, np.nan, matrix.data.astype(np.float64))
    some = replace(rows, matrix=type(matrix)((cells, matrix.indices, matrix.indptr), matrix.shape))
    for place, lost in enumerate((some.missing() - rows.missing()).tolist()):
        departures.lose(place, lost)
    return some
