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
        file: cells of the file, a row for each record; a record without cells has missing ones.
        read: by column, cells as the reader writes them.
        present: which records have the modality.
    """

    file: pd.DataFrame
    read: dict[str, np.ndarray]
    present: np.ndarray

    def among(self, column: str, guess: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return a column, ``guess``, (B,), with the observed cells put in, and which these are.

        Numbers and texts are those of the file, bit for bit; a category that is a number in the file is
        written as the reader writes it.
        """
        if column not in self.file:
            return np.where(self.present, self.read.get(column, guess), guess), self.present
        cells = self.file[column]
        seen = cells.notna().to_numpy()
        if guess.dtype != object:
            own = pd.to_numeric(cells).to_numpy(np.float64, na_value=np.nan)
        elif pd.api.types.is_numeric_dtype(cells):
            words = self.read.get(column, guess)
            own = np.where(self.present & pd.notna(words), words, cells.astype(str).to_numpy())
        else:
            own = cells.astype(object).to_numpy()
        return np.where(seen, own, guess), seen


class Cells:
    """The cells of one modality of some records, in memory.

    Arguments:
        split: the records.
        name: the modality.
        reader: of the modality.
    """

    def __init__(self, split: QuerySplit, name: str, reader: Reader) -> None:
        self._name, self._reader = name, reader
        self._frame = pd.DataFrame()
        if name in split.samples.records:
            records = split.samples.records[name]
            columns = [column for column in reader.columns() if column in records.names]
            self._frame = records.frame(columns).set_axis(records.ids, axis=0)

    def of(self, chunk: Chunk) -> Observed:
        """Return the observed cells of some of the records."""
        value = chunk.encoding.values.get(self._name)
        return Observed(
            self._frame.reindex(chunk.ids),
            {} if value is None else self._reader.write(value),
            chunk.present[self._name],
        )
