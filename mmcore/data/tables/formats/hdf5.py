"""Arrays in files of HDF5, and the matrices of 10x Genomics in them."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, final

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from mmcore.config.layout import ArraySettings
from mmcore.data.tables.formats.arrays import chosen_array
from mmcore.data.tables.formats.base import Format, OpenedTable, numbered
from mmcore.data.tables.formats.damage import readable
from mmcore.data.tables.formats.extras import package, refuse_to_write
from mmcore.data.tables.formats.lines import check_names
from mmcore.data.tables.formats.matrix import MatrixTable
from mmcore.data.tables.missing import MissingWords
from mmcore.errors import MmcoreError
from mmcore.plugins import Context

__all__ = ["Hdf5"]

GENOMICS = ("barcodes", "data", "indices", "indptr", "shape", "features/id")
"""The arrays in the group ``matrix`` of a file of 10x Genomics."""


@final
class Hdf5(Format):
    """A matrix by its path, such as ``expression/counts``, with columns c1, c2, ...

    Arrays of N cells in the same group are columns with their own names, such as ids. A file of 10x
    Genomics has the identifiers of its features as names, and its barcodes as ids.

    Arguments:
        settings: which of several matrices.
        context: not used.
    """

    def __init__(self, settings: ArraySettings, context: Context) -> None:
        self._array = None if settings.array is None else settings.array.strip("/")

    def open(self, path: Path, missing: MissingWords) -> OpenedTable:
        """Return a matrix and the columns beside it."""
        h5py = package("h5py", "hdf5", path)
        with readable(path, "file of HDF5"), h5py.File(path, "r") as file:
            arrays = _arrays(path, file, h5py)
            if self._array is None and all(f"matrix/{name}" in arrays for name in GENOMICS):
                return _of_genomics(path, file["matrix"])
            return _of_array(path, arrays, self._array)

    def write(self, path: Path, frames: Iterable[pd.DataFrame]) -> None:
        """Refuse to write."""
        refuse_to_write(path, frames)


def _arrays(path: Path, file: Any, h5py: Any) -> dict[str, Any]:
    """Return the arrays by path; those whose numbers are in other files are refused."""
    arrays: dict[str, Any] = {}

    def add(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset) and item.shape:
            arrays[name] = item

    file.visititems(add)
    outside = [name for name, item in arrays.items() if item.external or item.is_virtual]
    if outside:
        raise MmcoreError(
            f"'{path}' has the array '{outside[0]}' in another file; copy it with h5py, or name that file"
        )
    return arrays


def _of_array(path: Path, arrays: dict[str, Any], chosen: str | None) -> OpenedTable:
    name = chosen_array(path, chosen, [name for name, item in arrays.items() if item.ndim > 1])
    if name is None:
        raise MmcoreError(
            f"'{path}' has no matrix, expected an array of rows and columns; its arrays are"
            f" {', '.join(arrays) or 'none'}"
        )
    matrix = np.asarray(arrays[name])
    if matrix.ndim != 2 or matrix.dtype.kind not in "biuf":
        raise MmcoreError(
            f"'{path}' has the array '{name}' of shape {matrix.shape} and type {matrix.dtype}, expected"
            " numbers in rows and columns"
        )
    group = name.rpartition("/")[0]
    beside = {
        other.rpartition("/")[2]: _cells(item)
        for other, item in arrays.items()
        if other.rpartition("/")[0] == group and item.shape == matrix.shape[:1]
    }
    names = numbered(matrix.shape[1])
    check_names(path, [*beside, *names])
    notes = (f"its columns have no names and are called c1 to {names[-1]}",) if names else ()
    others = pd.DataFrame(beside, index=range(len(matrix)))
    return OpenedTable(MatrixTable(matrix, names, others), notes)


def _of_genomics(path: Path, group: Any) -> OpenedTable:
    features, cells = (int(size) for size in group["shape"])
    parts = tuple(np.asarray(group[name]) for name in ("data", "indices", "indptr"))
    ids, names = _cells(group["barcodes"]), _cells(group["features/id"])
    check_names(path, ["", *names])
    # The columns of the file are cells.
    matrix = csr_array(parts, shape=(cells, features))
    matrix.check_format()  # a wrong index would be a place in memory
    note = "a matrix of 10x Genomics: its ids are barcodes, its columns identifiers of features"
    return OpenedTable(MatrixTable(matrix, names, pd.DataFrame({"": ids}), uniform=True), (note,))


def _cells(item: Any) -> list[Any]:
    """Return the cells of an array of one dimension, bytes as text."""
    texts = item.dtype.kind in "SO"
    cells: list[Any] = (item.asstr()[:] if texts else item[:]).tolist()
    return cells
