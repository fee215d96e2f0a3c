"""The cells of records as they stand in the files, which nothing that is imputed may change."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mmcore.data.tables import Reader
from mmcore.runs.predict.query import Chunk, Part

__all__ = ["Cells", "Observed"]


@dataclass(frozen=True, slots=True)
class Observed:
    """The observed cells of some records of one modality.

    Shapes:
        there: (B,), bool, which records have the modality.

    Arguments:
        file: cells as they stand in the file, a row for each record, empty where it has none.
        read: by column, cells in the reader's words.
        there: which have any.
    """

    file: pd.DataFrame
    read: dict[str, np.ndarray]
    there: np.ndarray

    def among(self, column: str, guess: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return a column with what is observed in place of ``guess``, (B,), and where that is.

        Numbers and texts are those of the file, bit for bit; a number that names a category is written
        as the reader does.
        """
        if column not in self.file:
            return np.where(self.there, self.read.get(column, guess), guess), self.there
        cells = self.file[column]
        seen = cells.notna().to_numpy()
        if guess.dtype != object:
            own = pd.to_numeric(cells).to_numpy(np.float64, na_value=np.nan)
        elif pd.api.types.is_numeric_dtype(cells):
            words = self.read.get(column, guess)
            own = np.where(self.there & pd.notna(words), words, cells.astype(str).to_numpy())
        else:
            own = cells.astype(object).to_numpy()
        return np.where(seen, own, guess), seen


class Cells:
    """The cells of one modality of some records, in memory.

    Arguments:
        part: the records.
        name: the modality.
        reader: what its columns are.
    """

    def __init__(self, part: Part, name: str, reader: Reader) -> None:
        self._name, self._reader = name, reader
        self._frame = pd.DataFrame()
        if name in part.records:
            records = part.records[name]
            held = [column for column in reader.columns() if column in records.names]
            self._frame = records.frame(held).set_axis(records.ids, axis=0)

    def of(self, chunk: Chunk) -> Observed:
        """Return what is observed of some of the records."""
        value = chunk.encoding.values.get(self._name)
        return Observed(
            self._frame.reindex(chunk.ids),
            {} if value is None else self._reader.write(value),
            chunk.present[self._name],
        )
