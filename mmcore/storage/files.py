"""Folders of the user, files that are written atomically, and arrays cached on disk."""

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from uuid import uuid4

import numpy as np
from numpy.lib.format import open_memmap
from numpy.typing import DTypeLike
from platformdirs import user_cache_path

from mmcore.errors import MmcoreError

__all__ = [
    "TEMPORARY",
    "atomic",
    "cache_folder",
    "cached_array",
    "data_folder",
    "digest",
    "write_text",
]

TEMPORARY = ".tmp-"
"""Prefix of files and folders that `atomic` has not finished; a killed process leaves them behind."""


def cache_folder() -> Path:
    """Return the folder of files that can be computed again.

    On Linux it is ``$XDG_CACHE_HOME/mmcore``, by default ``~/.cache/mmcore``.
    """
    return user_cache_path("mmcore", appauthor=False)


def data_folder(given: Path | None = None) -> Path:
    """Return the folder of real data: ``given``, else ``$MMCORE_DATA``, else a folder in the cache."""
    return given or Path(os.environ.get("MMCORE_DATA", cache_folder() / "data"))


@contextmanager
def atomic(path: Path) -> Iterator[Path]:
    """Yield a temporary path in the same folder, which replaces ``path`` when the block ends.

    The block writes a file there, or makes a folder and writes files in it. They are flushed to the
    disk before the replacement, so a process that is killed at any moment leaves either the old
    content or the new one. If the block raises an exception, the temporary file is removed and
    ``path`` stays as it was. The temporary name has the suffix of ``path``.

    Arguments:
        path: a file or a folder; its parent exists.

    Example:
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> from mmcore.storage.files import atomic
        >>> with TemporaryDirectory() as folder:
        ...     with atomic(Path(folder) / "a.txt") as temporary:
        ...         _ = temporary.write_text("whole")
        ...     (Path(folder) / "a.txt").read_text()
        'whole'
    """
    temporary = path.with_name(f"{TEMPORARY}{uuid4().hex[:8]}-{path.name}")
    try:
        yield temporary
        for written in (*temporary.rglob("*"), temporary):
            _flush(written)
        if path.is_dir():  # os.replace accepts an empty folder only
            shutil.rmtree(path)
        os.replace(temporary, path)
        _flush(path.parent)
    except OSError as error:
        if error.errno and str(error.filename or temporary).startswith(str(temporary)):
            error.filename = str(path)  # a failed write has no name, or the temporary one
        raise
    finally:
        if temporary.is_dir():
            shutil.rmtree(temporary)
        elif temporary.exists():
            temporary.unlink()


def write_text(path: Path, text: str) -> None:
    """Write a UTF-8 file atomically."""
    with atomic(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def digest(parts: Iterable[str | bytes | memoryview]) -> str:
    """Return a hash of all ``parts`` and of where each begins, in 32 hexadecimal digits."""
    state = blake2b(digest_size=16)
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        state.update(len(data).to_bytes(8, "big"))
        state.update(data)
    return state.hexdigest()


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


def _flush(path: Path) -> None:
    if os.name != "posix":  # elsewhere a folder cannot be opened
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
