"""Arrays that are computed once and cached on disk."""

import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
from numpy.lib.format import open_memmap
from numpy.typing import DTypeLike

from mmcore.errors import MmcoreError
from mmcore.storage.files import atomic, cache_folder, digest

__all__ = ["cached_array"]


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
    path = cache_folder() / "arrays" / f"{digest([str(shape), str(kind), *key])}.npy"
    array = _mapped(path, shape, kind)
    if array is None:
        with atomic(path) as temporary:
            values = _created(temporary, shape, kind)
            fill(values)
            values.flush()
        array = _mapped(path, shape, kind)
    assert array is not None, "it was just written"
    return array


def _mapped(path: Path, shape: tuple[int, ...], kind: np.dtype) -> np.ndarray | None:
    try:
        array: np.ndarray = np.load(path, mmap_mode="c", allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None  # missing or damaged
    return array if array.shape == shape and array.dtype == kind else None


def _created(path: Path, shape: tuple[int, ...], kind: np.dtype) -> np.memmap:
    size = int(np.prod(shape)) * kind.itemsize
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # A write into a mapped file on a full disk ends the process without an exception.
        if shutil.disk_usage(path.parent).free < size:
            raise OSError("no space left on the disk")
        return open_memmap(path, "w+", kind, shape)
    except OSError as error:
        raise MmcoreError(
            f"cannot write {size / 1e6:,.0f} MB to the cache folder '{path.parent}' ({error}); free space"
            " there, or set XDG_CACHE_HOME to another folder"
        ) from error
