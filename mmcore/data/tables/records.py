"""The records of one modality: a table of cells with an id for each row."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mmcore.data.tables.sparse import SparseRows
from mmcore.errors import MmcoreError, nearest

__all__ = ["Batches", "FrameTable", "Records", "Table", "levels_of", "plain_columns"]


class Table(ABC):
    """A table that is read in pieces of rows.

    MUST: `names`, `__len__`, `frames`.

    MAY: `uniform`, `categories`, `sparse`.
    """

    # -- MUST ------------------------------------------------------------------------------------

    @property
    @abstractmethod
    def names(self) -> tuple[str, ...]:
        """The names of all columns, in the order of the file."""

    @abstractmethod
    def __len__(self) -> int:
        """Return the number of rows."""

    @abstractmethod
    def frames(self, columns: Sequence[str], text: Sequence[str] = ()) -> Iterator[pd.DataFrame]:
        """Yield some columns of all rows, in order, some rows at a time.

        Arguments:
            columns: names of columns.
            text: those whose cells are delivered as texts, exactly as in the file. A table whose file has
                types ignores it.
        """

    # -- MAY -------------------------------------------------------------------------------------

    @property
    def uniform(self) -> frozenset[str]:
        """The columns that are measurements of one kind, such as counts of genes; none by default."""
        return frozenset()

    @property
    def categories(self) -> Mapping[str, tuple[str, ...]]:
        """The columns that the file states to be categorical; none by default.

        An ordered one has its levels as texts, lowest first, and another one an empty tuple.
        """
        return {}

    def sparse(self, columns: Sequence[str]) -> Any:
        """Return some columns of all rows as a sparse matrix, in CSR of scipy, with NaN where missing.

        None, the default, if the table has no sparse matrix with all of these columns.
        """
        return None


class FrameTable(Table):
    """A table in memory.

    Arguments:
        frame: its cells.
    """

    def __init__(self, frame: pd.DataFrame) -> None:
        self._frame, self._categories = plain_columns(frame), levels_of(frame)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all columns."""
        return tuple(map(str, self._frame.columns))

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self._frame)

    def frames(self, columns: Sequence[str], text: Sequence[str] = ()) -> Iterator[pd.DataFrame]:
        """Yield all rows at once."""
        yield self._frame[list(columns)]

    @property
    def categories(self) -> Mapping[str, tuple[str, ...]]:
        """The columns that have the type of categories in the frame."""
        return self._categories


def levels_of(frame: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    """Return the levels of ordered columns, and an empty tuple for other columns of categories."""
    kinds = {str(name): kind for name, kind in frame.dtypes.items()}
    return {
        name: tuple(map(str, kind.categories)) if kind.ordered else ()
        for name, kind in kinds.items()
        if isinstance(kind, pd.CategoricalDtype)
    }


def plain_columns(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with the cells of columns of categories in place of their numbers."""
    plain = {name: pd.Series(np.asarray(frame[name]), frame.index) for name in levels_of(frame)}
    return frame.assign(**plain) if plain else frame


@dataclass(frozen=True, slots=True)
class Batches:
    """The batch of each id.

    Arguments:
        by_id: batch as text, indexed by id.
        names: the batches of the training records, the reference batch first.
    """

    by_id: pd.Series
    names: tuple[str, ...]

    def codes(self, ids: pd.Index) -> np.ndarray:
        """Return the place of the batch of each id in `names`, (N,); 0, the reference, if it is unknown."""
        places: np.ndarray = pd.Index(self.names).get_indexer(self.by_id.reindex(ids))
        return places.clip(0).astype(np.int64)


@dataclass(frozen=True)
class Records:
    """Some rows and columns of a table, with an id for each row.

    Arguments:
        modality: name of the modality, for messages.
        ids: of each row, unique.
        names: of the columns, without the id.
        table: of the cells.
        rows: indices of rows of the table, in ascending order; all if None.
        resolve: returns the file of a path in a cell; raises if it is outside the study's folder.
        source: the file or folder, for messages.
        empty: ids of rows without a cell, which are left out: they lack the modality.
        stamp: a key for caches, which changes when the files change.
        apart: columns that are no measurements: the id, the label, the group of the split.
        batches: of all ids of the study; None if it names no batch.
    """

    modality: str
    ids: pd.Index
    names: tuple[str, ...]
    table: Table = field(repr=False)
    rows: np.ndarray | None = field(default=None, repr=False)
    resolve: Callable[[str], Path] = field(default=Path, repr=False)
    source: str = ""
    empty: pd.Index = field(default_factory=lambda: pd.Index([], dtype=object), repr=False)
    stamp: str = ""
    apart: tuple[str, ...] = ()
    batches: Batches | None = field(default=None, repr=False)

    def __len__(self) -> int:
        return len(self.ids)

    def frames(
        self, columns: Sequence[str] | None = None, text: Sequence[str] = ()
    ) -> Iterator[pd.DataFrame]:
        """Yield the cells in order, some rows at a time; the index counts the rows of these records.

        Arguments:
            columns: names of columns; all by default.
            text: those whose cells are delivered as texts, exactly as in the file, see `Table.frames`.
        """
        wanted = list(self.names if columns is None else columns)
        begin = at = 0
        for frame in self.table.frames(wanted, text):
            end = begin + len(frame)
            if self.rows is not None:
                first, last = np.searchsorted(self.rows, [begin, end])
                frame = frame.iloc[self.rows[first:last] - begin]
            if len(frame):
                yield frame.set_axis(range(at, at + len(frame)), axis=0)
            begin, at = end, at + len(frame)

    def frame(self, columns: Sequence[str] | None = None, text: Sequence[str] = ()) -> pd.DataFrame:
        """Return all cells at once; the arguments are those of `frames`."""
        parts = list(self.frames(columns, text))
        empty = pd.DataFrame(columns=list(self.names if columns is None else columns))
        return pd.concat(parts) if parts else empty

    def is_empty(self, column: str) -> bool:
        """Return whether all cells of a column are missing."""
        return all(bool(frame[column].isna().all()) for frame in self.frames([column]))

    def sparse(self, columns: Sequence[str] | None = None) -> SparseRows | None:
        """Return the cells of some columns, all by default, if the table has them in a sparse matrix."""
        matrix = self.table.sparse(self.names if columns is None else columns)
        return None if matrix is None else SparseRows(matrix, self.rows)

    def check(self, wanted: Sequence[str]) -> None:
        """Check that the records have some columns, in any order.

        Raises:
            MmcoreError: a column is missing.
        """
        known = set(self.names)
        missing = [name for name in wanted if name not in known]
        if missing:
            others = known.difference(wanted)
            raise MmcoreError(
                f"'{self.source}' lacks {len(missing)} of the {len(wanted)} columns of modality"
                f" '{self.modality}', such as '{missing[0]}'{nearest(missing[0], others) or ';'} add or"
                " rename them; a column without any cell is fine"
            )

    def only(self, keep: np.ndarray) -> "Records":
        """Return the records that the mask ``keep``, (N,), selects."""
        rows = np.arange(len(self)) if self.rows is None else self.rows
        return replace(self, ids=self.ids[keep], rows=rows[keep])
