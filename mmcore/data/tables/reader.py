"""The interface by which a plug-in turns records of a study into values, and back."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from torch import Tensor

from mmcore.data.tables.records import Records
from mmcore.data.tables.remarks import Counted
from mmcore.data.tables.sparse import Values

__all__ = ["Reader", "Reading"]


@dataclass(frozen=True, slots=True)
class Reading:
    """Values that a reader returns, and remarks.

    Shapes:
        values: (N, *E), as `Modality.prepare` takes them, on the CPU; may be memory-mapped, or sparse.

    Arguments:
        notes: remarks, such as categories that the training records did not have; a `Counted` one is
            shown once for all splits.
    """

    values: Values
    notes: tuple[str | Counted, ...] = ()


class Reader(ABC):
    """Conversion of the records of one modality to values, and of values to columns.

    A subclass is built as ``reader(settings)`` with the settings of its modality, given or fitted,
    and registered as ``ComponentSpec.reader``. Everything that is learned from the training records is
    in the settings, so that a saved model reads new records without them.

    MUST: `fit`, `read`.

    MAY: `columns`, `write`, `cells`, `texts`, `left_out`, `batches`; for ``mmcore data check`` `describe`,
    `examples`, `findings`.

    Subclass requirements:
        - columns are found by name; a `MmcoreError` names a missing column;
        - ``read`` returns the rows in the order of the records, and equal rows for equal records;
        - ``read`` learns nothing, and ``fit`` returns nothing that identifies a person.
    """

    # -- MUST ------------------------------------------------------------------------------------

    @abstractmethod
    def fit(self, records: Records) -> Mapping[str, Any]:
        """Return the settings of the modality, completed from the training records.

        Plain values, as they stand in a configuration file.

        Raises:
            MmcoreError: a record cannot be read, or the settings do not fit the records.
        """

    @abstractmethod
    def read(self, records: Records) -> Reading:
        """Return the values of all records, with settings that ``fit`` has returned.

        Raises:
            MmcoreError: a column is missing, or a cell or file cannot be read.
        """

    # -- MAY -------------------------------------------------------------------------------------

    def columns(self) -> tuple[str, ...]:
        """Return the names of the columns that `write` returns; none, the default, if it returns none."""
        return ()

    def write(self, values: Tensor) -> dict[str, np.ndarray]:
        """Return values, (N, *E), as columns by name, in the units and words of the files.

        The values may be means, modes or draws of a likelihood; a category is the nearest one.
        """
        return {}

    def cells(self, frame: pd.DataFrame) -> dict[str, np.ndarray]:
        """Return cells of a file by column, unchanged, in the types of `write`; None or NaN if missing."""
        return {str(name): frame[name].astype(object).to_numpy() for name in frame}

    def texts(self) -> tuple[str, ...]:
        """Return the columns that `cells` receives as text, exactly as in the file."""
        return ()

    def left_out(self) -> tuple[str, ...]:
        """Return further columns, of which nothing was learned; they are written as in the file."""
        return ()

    def batches(self) -> tuple[str, ...]:
        """Return the batches of the training records, the reference first, whose shifts are modelled.

        None, the default, for a kind without batches. A kind with batches has a setting ``batches``.
        """
        return ()

    def describe(self, records: Records) -> str:
        """Return a short description of the records, for ``mmcore data check``."""
        return ""

    def examples(self, records: Records) -> list[str]:
        """Return the type of each column with examples of its cells, for ``mmcore data check``."""
        return []

    def findings(self, records: Records) -> list[str]:
        """Return unusual properties of the records, a sentence each, for ``mmcore data check``."""
        return []
