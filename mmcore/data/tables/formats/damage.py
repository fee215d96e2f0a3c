"""The errors of libraries for the content of a file, as sentences."""

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tokenize import TokenError
from zipfile import BadZipFile

from mmcore.errors import MmcoreError

__all__ = ["DAMAGE", "readable"]

DAMAGE = (
    BadZipFile,
    EOFError,
    KeyError,
    MemoryError,  # a damaged header states a size that no file has
    OSError,
    OverflowError,
    RuntimeError,
    SyntaxError,  # of XML, and of the headers of numpy
    TokenError,
    TypeError,
    ValueError,
    zlib.error,
)
"""Exceptions of the libraries of formats for a file that is damaged, or of another format."""
SHOWN = 200
"""Characters of the reason."""


@contextmanager
def readable(path: Path, kind: str, remedy: str = "") -> Iterator[None]:
    """Raise what a library raises for the content of a file as one sentence.

    The block calls the library only, so that no fault of other code is hidden.

    Arguments:
        path: the file.
        kind: what it should be, such as ``Excel file``.
        remedy: such as ``save it again as .xlsx``.
    """
    try:
        yield
    except DAMAGE as error:
        reason = " ".join(str(error).split())[:SHOWN] or type(error).__name__
        end = f"; {remedy}" if remedy else ""
        raise MmcoreError(f"'{path}' is not a readable {kind} ({reason}){end}") from error
