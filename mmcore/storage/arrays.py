"""Arrays that are computed once and cached on disk."""

import mmap
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Literal, final

import numpy as np
from filelock import FileLock
from numpy.lib import format as npy
from numpy.lib.format import open_memmap
from numpy.typing import DTypeLike

from mmcore.errors import MmcoreError
from mmcore.storage.files import atomic, cache_folder, digest

__all__ = ["FileRows", "cached_array", "cached_rows"]

KEPT = 1 << 28
"""Bytes that are read from a file of rows before its pages are given back to the system."""
AROUND = 1 << 16
"""Bytes that Linux maps around a page that is read."""
AT_ONCE = 1 << 24
"""Bytes of the rows that are read at once."""


def cached_array(
    key: Iterable[str | bytes | memoryview],
    shape: tuple[int, ...],
    dtype: DTypeLike,
    fill: Callable[[np.ndarray], None],
) -> np.ndarray:
    """Return the array of ``key``, mapped from a file in `cache_folder`; it is computed at most once.

    The file holds the values only, in the format of numpy, and may be deleted at any time. The mapping
    is copy-on-write: changes of the returned array do not reach the file.

    Arguments:
        key: everything that the values depend on, such as settings, and files with size and time.
        shape: of the array.
        dtype: type of the values, possibly structured.
        fill: writes all values into an array of zeros.

    Raises:
        MmcoreError: the cache folder cannot be written, or has no room.
    """
    kind = np.dtype(dtype)
    if 0 in shape:
        return np.zeros(shape, kind)
    path = _path(key, shape, kind)
    array = _mapped(path, shape, kind)
    if array is None:
        with atomic(path) as temporary:
            values = _created(temporary, shape, kind)
            fill(values)
            values.flush()
        array = _mapped(path, shape, kind)
    assert array is not None, "it was just written"
    return array


@final
class FileRows:
    """The rows of an array in a file, which may be larger than memory.

    Only rows that are read are in memory, and at most about 256 MiB of them at a time.

    Arguments:
        array: mapped from the file, for reading only.
    """

    def __init__(self, array: np.ndarray) -> None:
        self._map: Any = array.base
        self._rows: np.ndarray = np.asarray(array)
        self._read = 0

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the array, (N, *E)."""
        return self._rows.shape

    def read(self, rows: np.ndarray) -> np.ndarray:
        """Return a copy of the rows ``rows``, (B,), in memory."""
        values: np.ndarray = self._rows.take(rows, axis=0)
        self._count(len(rows) * max(self._rows[:1].nbytes, AROUND))
        return values

    def chunks(self) -> Iterator[np.ndarray]:
        """Yield all rows in order, some at a time."""
        size = max(1, AT_ONCE // max(1, self._rows[:1].nbytes))
        for begin in range(0, len(self), size):
            yield self.read(np.arange(begin, min(begin + size, len(self))))

    def column(self, place: int) -> np.ndarray:
        """Return a copy of element ``place`` of each row, (N,)."""
        return np.concatenate([part[:, place] for part in self.chunks()])

    def _count(self, size: int) -> None:
        """Give pages back, which are counted as memory of the process as long as they are mapped."""
        self._read += size
        if self._read > KEPT:
            self._map.madvise(mmap.MADV_DONTNEED)
            self._read = 0


def cached_rows(
    key: Iterable[str | bytes | memoryview],
    shape: tuple[int, ...],
    dtype: DTypeLike,
    parts: Callable[[], Iterable[np.ndarray]],
) -> FileRows:
    """Return the rows of ``key`` in a file of `cache_folder`, for arrays that are larger than memory.

    They are computed at most once: of several processes, one computes them while the others wait.

    Arguments:
        key: everything that the values depend on, such as settings, and files with size and time.
        shape: of the array, with at least one row.
        dtype: type of the values.
        parts: returns all rows in order, some at a time.

    Raises:
        MmcoreError: the cache folder cannot be written, or has no room.
    """
    kind = np.dtype(dtype)
    path = _path(key, shape, kind)
    array = _mapped(path, shape, kind, "r")
    if array is None:
        _check_room(path, shape, kind)
        with FileLock(path.with_suffix(".lock")):
            array = _mapped(path, shape, kind, "r")  # another process may have computed it
            if array is None:
                _write(path, shape, kind, parts())
                array = _mapped(path, shape, kind, "r")
    assert array is not None, "it was just written"
    return FileRows(array)


def _write(path: Path, shape: tuple[int, ...], kind: np.dtype, parts: Iterable[np.ndarray]) -> None:
    header = {"descr": npy.dtype_to_descr(kind), "fortran_order": False, "shape": shape}
    with atomic(path) as temporary, temporary.open("wb") as file:
        npy.write_array_header_2_0(file, header)
        for part in parts:
            file.write(np.ascontiguousarray(part, kind).data)


def _path(key: Iterable[str | bytes | memoryview], shape: tuple[int, ...], kind: np.dtype) -> Path:
    return cache_folder() / "arrays" / f"{digest([str(shape), str(kind), *key])}.npy"


def _mapped(
    path: Path, shape: tuple[int, ...], kind: np.dtype, mode: Literal["c", "r"] = "c"
) -> np.ndarray | None:
    try:
        array: np.ndarray = np.load(path, mmap_mode=mode, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None  # missing or damaged
    return array if array.shape == shape and array.dtype == kind else None


def _created(path: Path, shape: tuple[int, ...], kind: np.dtype) -> np.memmap:
    # A write into a mapped file on a full disk ends the process without an exception.
    _check_room(path, shape, kind)
    try:
        return open_memmap(path, "w+", kind, shape)
    except OSError as error:
        raise _unwritable(path, shape, kind, error) from error


def _check_room(path: Path, shape: tuple[int, ...], kind: np.dtype) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(path.parent).free < int(np.prod(shape)) * kind.itemsize:
            raise OSError("no space left on the disk")
    except OSError as error:
        raise _unwritable(path, shape, kind, error) from error


def _unwritable(path: Path, shape: tuple[int, ...], kind: np.dtype, error: OSError) -> MmcoreError:
    return MmcoreError(
        f"cannot write {int(np.prod(shape)) * kind.itemsize / 1e6:,.0f} MB to the cache folder"
        f" '{path.parent}' ({error}); free space there, or set XDG_CACHE_HOME to another folder"
    )
