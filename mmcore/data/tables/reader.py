"""The interface by which a plug-in turns records of a study into values, and back."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import Tensor

from mmcore.data.tables.records import Records

__all__ = ["Reader", "Reading"]


@dataclass(frozen=True, slots=True)
class Reading:
    """Values that were read, and what there is to say of it.

    Shapes:
        values: (N, *E), as `Modality.prepare` takes them, on the CPU; may be memory-mapped.

    Arguments:
        notes: remarks, such as categories that the training records did not have.
    """

    values: Tensor
    notes: tuple[str, ...] = ()


class Reader(ABC):
    """How the records of one modality become values, and values become columns.

    A subclass is built as ``reader(settings)`` with the settings of its modality, given or fitted,
    and offered as ``ComponentSpec.reader``. Settings hold whatever was learned from the training
    records, so that a saved model reads new records by itself.

    MUST: `fit`, `read`.

    MAY: `columns`, `write`; for ``mmcore data check`` `describe`, `findings`.

    Subclass requirements:
        - columns are found by name; one that is missing is a `MmcoreError` that names it;
        - ``read`` returns the rows in the order of the records, and equal ones for equal records;
        - nothing is learned in ``read``, and nothing that identifies a person is kept by ``fit``.
    """

    # -- MUST ------------------------------------------------------------------------------------

    @abstractmethod
    def fit(self, records: Records) -> Mapping[str, Any]:
        """Return the modality's settings, completed by what the training records tell.

        Plain values, as they stand in a configuration file.

        Raises:
            MmcoreError: a record cannot be read, or the settings do not fit the records.
        """

    @abstractmethod
    def read(self, records: Records) -> Reading:
        """Return the values of all records; only settings that ``fit`` returned are asked to read.

        Raises:
            MmcoreError: a column is missing, or a cell or file cannot be read.
        """

    # -- MAY -------------------------------------------------------------------------------------

    def columns(self) -> tuple[str, ...]:
        """Return the names of the columns that `write` fills; none where it does not write."""
        return ()

    def write(self, values: Tensor) -> dict[str, np.ndarray]:
        """Return columns by name, in the units and words of the file, of values (N, *E).

        The values may be likelihood means, modes or draws: a category is the nearest one.
        """
        return {}

    def describe(self, records: Records) -> str:
        """Return in a few words what the records are, for ``mmcore data check``."""
        return ""

    def findings(self, records: Records) -> list[str]:
        """Return what is odd about the records, a sentence each, for ``mmcore data check``."""
        return []
