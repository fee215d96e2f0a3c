"""The observed cells of records, which imputation does not change."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from mmcore.data.tables import Reader, SparseRows
from mmcore.runs.prediction.query import Chunk, Query, QuerySplit

__all__ = ["Cells", "Observed", "shift_of"]


def shift_of(query: Query, chunk: Chunk, name: str) -> Tensor | None:
    """Return the shift of the batch of each record from the reference, (B, *E); None without batches.

    That of an ensemble is the mean over its members.
    """
    batches = chunk.split.samples.batches
    if batches is None:
        return None
    sites = torch.from_numpy(batches.codes(chunk.ids)).to(query.model.device)
    shifts = [s for m in query.models if (s := m.codec[name].shift(sites)) is not None]
    return torch.stack(shifts).mean(0).detach() if shifts else None


@dataclass(frozen=True, slots=True)
class Observed:
    """The observed cells of some records of one modality.

    Shapes:
        present: (B,), bool.

    Arguments:
        file: by column, cells of the file, missing where a record has none.
        read: by column, cells as the reader writes them.
        present: which records have the modality.
        columns: names of the columns of the reader.
    """

    file: dict[str, np.ndarray]
    read: dict[str, np.ndarray]
    present: np.ndarray
    columns: tuple[str, ...]

    def of_reference(self, shift: Tensor | None) -> "Observed":
        """Return the cells without the shift, (B, C), of the batch of each record.

        Cells that have no shift are those of the file, bit for bit.
        """
        if shift is None:
            return self
        shifted = dict(zip(self.columns, shift.cpu().double().numpy().T, strict=True))
        moved = {name for name, own in shifted.items() if own.any() and name in self.file}
        return replace(
            self,
            file={
                name: cells.astype(float) - shifted[name] if name in moved else cells
                for name, cells in self.file.items()
            },
        )

    def among(self, column: str, guess: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return a column, ``guess``, (B,), with the observed cells put in, and which these are.

        Observed cells are those of the file, bit for bit.
        """
        if column not in self.file:
            return np.where(self.present, self.read.get(column, guess), guess), self.present
        seen = pd.notna(self.file[column])
        return np.where(seen, self.file[column], guess), seen


@dataclass(frozen=True, slots=True)
class _SparseFrame:
    """The cells of records in a sparse matrix."""

    rows: SparseRows
    ids: pd.Index
    columns: list[str]

    def of(self, ids: pd.Index) -> pd.DataFrame:
        """Return those of ``ids`` that the records have."""
        places = self.ids.get_indexer(ids)
        known = places >= 0
        cells = self.rows.select(places[known]).toarray()
        return pd.DataFrame(cells, ids[known], self.columns)


class Cells:
    """The cells of one modality of some records, in memory; those of a sparse matrix stay sparse.

    Arguments:
        split: the records.
        name: the modality.
        reader: of the modality.
    """

    def __init__(self, split: QuerySplit, name: str, reader: Reader) -> None:
        self._name, self._reader = name, reader
        self._frame = self._others = pd.DataFrame()
        self._sparse: _SparseFrame | None = None
        if name in split.samples.records:
            records = split.samples.records[name]
            if len(split.rows) < len(split.ids):
                records = records.only(records.ids.isin(split.ids[split.rows.numpy()]))
            known = set(records.names)
            columns = [column for column in reader.columns() if column in known]
            others = [column for column in reader.left_out() if column in known]
            rows = records.sparse(columns)
            if rows is None:
                self._frame = records.frame(columns, reader.texts()).set_axis(records.ids, axis=0)
            else:
                self._sparse = _SparseFrame(rows, records.ids, columns)
            self._others = records.frame(others, others).set_axis(records.ids, axis=0)

    def of(self, chunk: Chunk) -> Observed:
        """Return the observed cells of some of the records."""
        value = chunk.encoding.values.get(self._name)
        frame = self._frame if self._sparse is None else self._sparse.of(chunk.ids)
        return Observed(
            self._reader.cells(frame.reindex(chunk.ids)),
            {} if value is None else self._reader.write(value),
            chunk.present[self._name],
            self._reader.columns(),
        )

    def left_out(self, chunk: Chunk) -> dict[str, np.ndarray]:
        """Return the cells of the columns of which nothing was learned, None where missing."""
        rows = self._others.reindex(index=chunk.ids, columns=list(self._reader.left_out()))
        return {
            str(name): cells.astype(object).where(cells.notna(), None).to_numpy()
            for name, cells in rows.items()
        }
