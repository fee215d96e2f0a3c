r"""Delimited files whose quotes within quotes follow a backslash, as those of MySQL, Hive and Spark."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from mmcore.errors import MmcoreError

__all__ = ["doubled_quotes"]

PIECE = 1 << 24
ESCAPED = re.compile(rb'\\(["\\])')
NOTE = r"quotes within cells are written as \""


@contextmanager
def doubled_quotes(path: Path, separator: str) -> Iterator[tuple[Path, tuple[str, ...]]]:
    r"""Yield a file in which `\"` is `""`, and a note; ``path`` itself if no cell has `\"` within it.

    Errors in the block name ``path``. The file exists in the block only.
    """
    if not _has_escapes(path, separator):
        yield path, ()
        return
    with TemporaryDirectory(prefix="mmcore-") as folder:
        plain = Path(folder) / path.name
        with plain.open("wb") as target:
            for piece in _pieces(path):
                target.write(ESCAPED.sub(_doubled, piece))
        try:
            yield plain, (NOTE,)
        except MmcoreError as error:
            raise MmcoreError(str(error).replace(str(plain), str(path))) from error


def _has_escapes(path: Path, separator: str) -> bool:
    """Return whether a cell goes on after a backslash and a quote, which otherwise end a cell."""
    within = re.compile(rb'\\"[^"\r\n' + re.escape(separator.encode()) + b"]")
    tail = b""
    for piece in _pieces(path):
        if within.search(tail + piece):
            return True
        tail = piece[-2:]
    return False


def _doubled(match: re.Match[bytes]) -> bytes:
    return b'""' if match[1] == b'"' else match[1]


def _pieces(path: Path) -> Iterator[bytes]:
    """Yield the content; no piece ends with a backslash, but the last one may."""
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            while piece.endswith(b"\\") and (more := file.read(1)):
                piece += more
            yield piece
