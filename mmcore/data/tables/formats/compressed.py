"""Compressed text files: .gz, .bz2, .zst, and .zip with one file in it."""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, BinaryIO, cast

import pyarrow as pa

from mmcore.errors import MmcoreError

__all__ = ["COMPRESSED", "check_size", "decompressed", "text_writer"]

STREAMS = {".gz": "gzip", ".bz2": "bz2", ".zst": "zstd"}
ZIP = ".zip"
COMPRESSED = (*STREAMS, ZIP)
"""The suffixes of compressed files."""
MEMBER = "table.csv"
"""Name of the file in a .zip that is written."""
LEAST, RATIO = 1 << 32, 100
"""A file may become 4 GiB, or 100 times as large as it is; tables of text become 3 to 20 times as large."""
PIECE = 1 << 20


def check_size(path: Path, size: int) -> None:
    """Check the size of the content of a compressed file, in bytes.

    Raises:
        MmcoreError: it is larger than 4 GiB and 100 times the size of the file.
    """
    most = max(LEAST, RATIO * path.stat().st_size)
    if size > most:
        raise MmcoreError(
            f"'{path}' is larger than {most / 2**30:.0f} GiB when it is decompressed, expected at most"
            f" {RATIO} times its size; decompress it yourself if that is right"
        )


@contextmanager
def decompressed(path: Path) -> Iterator[Path]:
    """Yield a file with the decompressed content of ``path``, or ``path`` if it is not compressed.

    Errors in the block name ``path``. The file exists in the block only.

    Raises:
        MmcoreError: the file is damaged, a .zip has not one file in it, or the content is too large.
    """
    if path.suffix.lower() not in COMPRESSED:
        yield path
        return
    with TemporaryDirectory(prefix="mmcore-") as folder:
        plain = Path(folder) / path.stem
        _decompress(path, plain)
        if not plain.stat().st_size:
            raise MmcoreError(f"'{path}' is empty, expected a table with column names")
        try:
            yield plain
        except MmcoreError as error:
            raise MmcoreError(str(error).replace(str(plain), str(path))) from error


@contextmanager
def text_writer(path: Path) -> Iterator[IO[str]]:
    """Yield a file for UTF-8 text, which is compressed if the suffix of ``path`` is that of a compression."""
    with _writer(path) as binary, TextIOWrapper(binary, encoding="utf-8", newline="") as text:
        yield text


def _decompress(path: Path, plain: Path) -> None:
    try:
        with _reader(path) as source, plain.open("wb") as target:
            while piece := source.read(PIECE):
                check_size(path, target.tell() + len(piece))
                target.write(piece)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise _damaged(path, error) from error
    except OSError as error:
        if error.filename is not None or error.errno is not None:
            raise  # of the disk, not of the content
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> MmcoreError:
    return MmcoreError(
        f"'{path}' is not a readable {path.suffix.lower()} file ({error}); compress it again"
    )


@contextmanager
def _reader(path: Path) -> Iterator[BinaryIO]:
    suffix = path.suffix.lower()
    if suffix in STREAMS:
        with pa.input_stream(str(path), compression=STREAMS[suffix]) as stream:
            yield stream
        return
    with zipfile.ZipFile(path) as archive:
        names = [entry.filename for entry in archive.infolist() if _is_file(entry)]
        if len(names) != 1:
            raise MmcoreError(
                f"'{path}' has {len(names)} files in it ({', '.join(names[:3])}), expected one table; unpack"
                " it, and name the file that you need"
            )
        with archive.open(names[0]) as member:
            yield cast(BinaryIO, member)


def _is_file(entry: zipfile.ZipInfo) -> bool:
    # The archiver of macOS adds a file of attributes for each file.
    return not entry.is_dir() and not entry.filename.startswith("__MACOSX/")


@contextmanager
def _writer(path: Path) -> Iterator[BinaryIO]:
    suffix = path.suffix.lower()
    if suffix in STREAMS:
        with pa.output_stream(str(path), compression=STREAMS[suffix]) as stream:
            yield stream
    elif suffix == ZIP:
        with (
            zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
            archive.open(MEMBER, "w", force_zip64=True) as member,
        ):
            yield cast(BinaryIO, member)
    else:
        with path.open("wb") as file:
            yield file
