"""The observed cells of records, which imputation does not change."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mmcore.data.tables import Reader
from mmcore.runs.predict.query import Chunk, QuerySplit

__all__ = ["Cells", "Observed"]


@dataclass(frozen=True, slots=True)
class Observed:
    """The observed cells of some records of one modality.

    Shapes:
        present: (B,), bool.

    Arguments:
        file: by column, cells of the file, missing where a record has none.
        read: by column, cells as the reader writes them.
        present: which records have the modality.
    """

    file: dict[str, np.ndarray]
    read: dict[str, np.ndarray]
    present: np.ndarray

    def among(self, column: str, guess: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return a column, ``guess``, (B,), with the observed cells put in, and which these are.

        Observed cells are those of the file, bit for bit.
        """
        if column not in self.file:
            return np.where(self.present, self.read.get(column, guess), guess), self.present
        seen = pd.notna(self.file[column])
        return np.where(seen, self.file[column], guess), seen


class Cells:
    """The cells of one modality of some records, in memory.

    Arguments:
        split: the records.
        name: the modality.
        reader: of the modality.
    """

    def __init__(self, split: QuerySplit, name: str, reader: Reader) -> None:
        self._name, self._reader = name, reader
        self._frame = self._others = pd.DataFrame()
        if name in split.samples.records:
            records = split.samples.records[name]
            self._frame, self._others = (
                records.frame(columns, text).set_axis(records.ids, axis=0)
                for columns, text in (
                    ([c for c in reader.columns() if c in records.names], reader.texts()),
                    ([c for c in reader.left_out() if c in records.names], reader.left_out()),
                )
            )

    def of(self, chunk: Chunk) -> Observed:
        """Return the observed cells of some of the records."""
        value = chunk.encoding.values.get(self._name)
        return Observed(
            self._reader.cells(self._frame.reindex(chunk.ids)),
            {} if value is None else self._reader.write(value),
            chunk.present[self._name],
        )

    def left_out(self, chunk: Chunk) -> dict[str, np.ndarray]:
        """Return the cells of the columns of which nothing was learned, None where missing."""
        rows = self._others.reindex(index=chunk.ids, columns=list(self._reader.left_out()))
        return {
            str(name): cells.astype(object).where(cells.notna(), None).to_numpy()
            for name, cells in rows.items()
        }
