"""Rows of a sparse matrix, which become dense when they are fetched."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import torch
from torch import Tensor

from mmcore.batch import moved
from mmcore.storage.arrays import FileRows

__all__ = ["SparseRows", "Values", "compact", "fetched"]

AT_ONCE = 1 << 24
"""Cells of the rows that are used at once."""
KINDS = ("uint8", "int8", "uint16", "int16", "uint32", "int32", "float32")


@final
@dataclass(frozen=True)
class SparseRows:
    """Some rows of a sparse matrix; a cell without an entry is the number 0, and NaN is missing.

    Shapes:
        matrix: (M, C). rows: (N,). offsets: (C,).

    Arguments:
        matrix: a CSR array of scipy.
        rows: indices of rows of the matrix; all if None.
        offsets: subtracted from the cells in double precision by `fetch`; nothing if None.
    """

    matrix: Any
    rows: np.ndarray | None = None
    offsets: np.ndarray | None = None

    def __len__(self) -> int:
        return int(self.matrix.shape[0]) if self.rows is None else len(self.rows)

    @property
    def shape(self) -> tuple[int, int]:
        """The numbers of rows and of columns, (N, C)."""
        return len(self), int(self.matrix.shape[1])

    def select(self, indices: np.ndarray) -> Any:
        """Return the rows ``indices``, (B,), as a sparse matrix."""
        return self.matrix[indices if self.rows is None else self.rows[indices]]

    def chunks(self) -> Iterator[Any]:
        """Yield all rows in order as sparse matrices of some rows."""
        size = max(1, AT_ONCE // max(1, self.shape[1]))
        for begin in range(0, len(self), size):
            yield self.select(np.arange(begin, min(begin + size, len(self))))

    def fetch(self, indices: Tensor) -> Tensor:
        """Return the rows ``indices``, (B, C) float32."""
        rows = self.select(indices.numpy())
        if self.offsets is None:
            return torch.from_numpy(rows.astype(np.float32).toarray())
        cells = rows.astype(np.float64).toarray() - self.offsets
        return torch.from_numpy(cells.astype(np.float32))

    def missing(self) -> np.ndarray:
        """Return the number of missing cells of each column, (C,)."""
        count = np.zeros(self.shape[1], dtype=np.int64)
        if self.matrix.dtype.kind == "f":
            for rows in self.chunks():
                lost = rows.indices[np.isnan(rows.data)]
                count += np.bincount(lost, minlength=len(count))
        return count


Values = Tensor | SparseRows | FileRows
"""The values of all records: dense in memory, dense only when they are fetched, or in a file."""


def fetched(values: Values, indices: Tensor) -> Tensor:
    """Return the rows ``indices``, (B, *E), as a dense tensor; zeros if there are no rows."""
    if isinstance(values, SparseRows):
        return values.fetch(indices) if len(values) else torch.zeros(len(indices), values.shape[1])
    if isinstance(values, FileRows):
        return torch.from_numpy(values.read(indices.numpy()))
    if not len(values):
        return values.new_zeros(len(indices), *values.shape[1:])
    return values.index_select(0, moved(indices, values.device))


def compact(matrix: Any) -> Any:
    """Return a sparse matrix in CSR with the smallest type that holds its numbers exactly."""
    from scipy.sparse import csr_array

    rows = csr_array(matrix)
    if not rows.has_canonical_format:  # an entry may be in several parts
        rows = rows.copy()
        rows.sum_duplicates()
    kind = next((kind for kind in KINDS if _fits(rows.data, np.dtype(kind))), rows.dtype)
    indices = rows.indices.astype(np.int32, copy=False)
    return csr_array((rows.data.astype(kind, copy=False), indices, rows.indptr), rows.shape)


def _fits(data: np.ndarray, kind: np.dtype) -> bool:
    if kind.itemsize > data.dtype.itemsize:
        return False
    size = 1 << 20
    with np.errstate(invalid="ignore", over="ignore"):
        return all(
            np.array_equal(part, part.astype(kind), equal_nan=kind.kind == "f")
            for part in (data[begin : begin + size] for begin in range(0, len(data), size))
        )
