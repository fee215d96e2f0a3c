"""Folders of the user, and files that are written atomically."""

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from uuid import uuid4

from platformdirs import user_cache_path

__all__ = [
    "TEMPORARY",
    "atomic",
    "cache_folder",
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


def _flush(path: Path) -> None:
    if os.name != "posix":  # elsewhere a folder cannot be opened
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
