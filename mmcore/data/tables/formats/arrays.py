"""Arrays in files: .npy, .npz, and matrices in .mtx."""

import gzip
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, final

import numpy as np
import pandas as pd
from pydantic import BaseModel

from mmcore.config.layout import ArraySettings
from mmcore.data.tables.formats.base import Format, OpenedTable, SeveralTables, numbered
from mmcore.data.tables.formats.compressed import check_size
from mmcore.data.tables.formats.damage import readable
from mmcore.data.tables.formats.extras import refuse_to_write
from mmcore.data.tables.formats.lines import check_names
from mmcore.data.tables.formats.matrix import MatrixTable
from mmcore.data.tables.missing import MissingWords
from mmcore.errors import MmcoreError, listed, nearest
from mmcore.plugins import Context

__all__ = ["MatrixMarket", "Numpy", "chosen_array"]


@final
class Numpy(Format):
    """An array of numpy, or several with names.

    A matrix, (N, C), has columns c1, c2, ..; arrays of N cells beside it are columns with their own
    names, such as ids. If all arrays have N cells, each is a column.

    Arguments:
        settings: which of several matrices.
        context: not used.
    """

    def __init__(self, settings: ArraySettings, context: Context) -> None:
        self._array = settings.array

    def open(self, path: Path, missing: MissingWords) -> OpenedTable:
        """Return a matrix and the columns beside it."""
        arrays = _loaded(path)
        matrices = [name for name, array in arrays.items() if array.ndim != 1]
        name = chosen_array(path, self._array, matrices)
        matrix = np.empty((_length(path, arrays), 0)) if name is None else arrays[name]
        if matrix.ndim != 2:
            raise MmcoreError(
                f"'{path}' has an array of shape {matrix.shape}, expected (rows, columns)"
            )
        others = pd.DataFrame(
            {n: a.tolist() for n, a in arrays.items() if a.ndim == 1 and len(a) == len(matrix)},
            index=range(len(matrix)),
        )
        names = numbered(matrix.shape[1])
        check_names(path, [*map(str, others), *names])
        notes = (f"its columns have no names and are called c1 to {names[-1]}",) if names else ()
        return OpenedTable(MatrixTable(matrix, names, others), notes)

    def write(self, path: Path, frames: Iterable[pd.DataFrame]) -> None:
        """Refuse to write, because arrays of texts have no missing cells."""
        refuse_to_write(path, frames)


@final
class MatrixMarket(Format):
    """A sparse matrix in text; the names of rows and columns are in files beside it.

    These are ``features.tsv`` (or ``genes.tsv``) and ``barcodes.tsv`` as of 10x Genomics, whose columns
    are cells, so that the matrix is transposed; or for ``a.mtx``, ``a.rows.txt`` and ``a.columns.txt``.

    Arguments:
        settings: none.
        context: not used.
    """

    def __init__(self, settings: BaseModel, context: Context) -> None:
        pass

    def open(self, path: Path, missing: MissingWords) -> OpenedTable:
        """Return the matrix, which stays sparse."""
        matrix = _read_market(path)
        stem = path.name.lower().removesuffix(".gz").removesuffix(".mtx")
        barcodes, features = (
            _beside(path, "barcodes.tsv"),
            _beside(path, "features.tsv", "genes.tsv"),
        )
        places: tuple[Path | None, ...] = barcodes, features
        if barcodes is not None and features is not None:
            matrix = matrix.T
            notes = [
                f"{barcodes.name} and {features.name} have its ids and the names of its columns"
            ]
            ids, names = _names(barcodes, matrix.shape[0]), _names(features, matrix.shape[1])
        else:
            rows, columns = _beside(path, f"{stem}.rows.txt"), _beside(path, f"{stem}.columns.txt")
            places = rows, columns
            ids = [] if rows is None else _names(rows, matrix.shape[0])
            names = (
                numbered(matrix.shape[1]) if columns is None else _names(columns, matrix.shape[1])
            )
            notes = _missing_names(stem, rows, columns)
        check_names(path, ["", *names])
        frame = pd.DataFrame({"": ids} if ids else {}, index=range(matrix.shape[0]))
        beside = tuple(place for place in places if place is not None)
        table = MatrixTable(matrix, names, frame, uniform=True)
        return OpenedTable(table, tuple(notes), beside=beside)

    def write(self, path: Path, frames: Iterable[pd.DataFrame]) -> None:
        """Refuse to write."""
        refuse_to_write(path, frames)


def _loaded(path: Path) -> dict[str, np.ndarray]:
    """Return all arrays by name; that of an .npy file is called array."""
    remedy = (
        "write it again with numpy.save or numpy.savez; arrays of Python objects are not read, because they"
        " can run code: write texts as array.astype(str)"
    )
    with readable(path, "file of numpy", remedy):
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                check_size(path, sum(entry.file_size for entry in archive.infolist()))
        with path.open("rb") as file:
            content = np.load(file, allow_pickle=False)
            if not isinstance(content, Mapping):
                names = content.dtype.names  # those of a structured array
                content = {name: content[name] for name in names} if names else {"array": content}
            return {str(name): _native(content[name]) for name in content}


def _native(array: np.ndarray) -> np.ndarray:
    """Return the array in the byte order of this machine, which pandas needs, and bytes as texts."""
    if array.dtype.kind == "S":
        return np.char.decode(array, "utf-8")
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def chosen_array(path: Path, name: str | None, matrices: list[str]) -> str | None:
    """Return the name of a matrix, the only one if none is given, None if there is none.

    Raises:
        MmcoreError: there is no such matrix, or there are several.
    """
    if name is not None and name not in matrices:
        raise MmcoreError(
            f"'{path}' has no matrix '{name}', expected one of {listed(matrices)}{nearest(name, matrices)}"
        )
    if name is None and len(matrices) > 1:
        message = f"'{path}' has the matrices {listed(matrices)}; name one by array: NAME in the study file"
        raise SeveralTables(message, "array", matrices)
    return name or next(iter(matrices), None)


def _length(path: Path, arrays: Mapping[str, np.ndarray]) -> int:
    lengths = {len(array) for array in arrays.values()}
    if len(lengths) != 1:
        raise MmcoreError(
            f"'{path}' has arrays of {sorted(lengths)} cells, expected the same number"
        )
    return lengths.pop()


def _read_market(path: Path) -> Any:
    from scipy.io import mmread
    from scipy.sparse import coo_array

    with readable(path, "Matrix Market file", "write it again with scipy.io.mmwrite"):
        matrix = coo_array(mmread(path))
        if matrix.dtype.kind == "c":
            raise TypeError("its numbers are complex")
        return matrix


def _beside(path: Path, *names: str) -> Path | None:
    places = [path.with_name(name + end) for name in names for end in ("", ".gz")]
    return next((place for place in places if place.is_file()), None)


def _names(path: Path, count: int) -> list[str]:
    """Return the first cell of every line."""
    opened = gzip.open if path.suffix == ".gz" else open
    with (
        readable(path, "file of names", "save it as UTF-8"),
        opened(path, "rt", encoding="utf-8") as file,
    ):
        names = [line.rstrip("\r\n").split("\t")[0] for line in file]
    if len(names) != count:
        raise MmcoreError(
            f"'{path}' has {len(names)} lines, expected {count}, as many as the matrix has"
        )
    return names


def _missing_names(stem: str, rows: Path | None, columns: Path | None) -> list[str]:
    notes = []
    if rows is None:
        notes.append(f"it has no ids; write them to {stem}.rows.txt, or use id: row")
    if columns is None:
        notes.append(
            f"it has no names of columns, which are called c1, c2, ..; see {stem}.columns.txt"
        )
    return notes
