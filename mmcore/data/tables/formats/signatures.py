"""Files with the suffix of a text file and the content of another format."""

from pathlib import Path

from mmcore.errors import MmcoreError

__all__ = ["check_is_text"]

SIGNATURES = {
    b"PK\x03\x04": "an Excel file or another archive; rename it to .xlsx, or to .zip if it has one text file",
    b"\x1f\x8b": "compressed by gzip; add .gz to its name",
    b"BZh": "compressed by bzip2; add .bz2 to its name",
    b"\x28\xb5\x2f\xfd": "compressed by zstd; add .zst to its name",
    b"\xd0\xcf\x11\xe0": "a file of Office before 2007; save it as .xlsx or as CSV UTF-8",
    b"PAR1": "a Parquet file; rename it to .parquet",
    b"ARROW1": "a file of Arrow; rename it to .feather",
    b"SQLite format 3": "a database of SQLite; rename it to .sqlite",
    b"\x89HDF": "an HDF5 file; rename it to .h5 or .h5ad",
    b"%PDF": "a PDF document; export its table as CSV",
    **dict.fromkeys(
        (b"<!DOCTYPE", b"<!doctype", b"<html", b"<HTML", b"<table", b"<?xml"),
        "a page of HTML or XML; export or download the table itself",
    ),
    b'{"': "JSON; save it as JSON lines with the suffix .jsonl, or as CSV",
    b"[{": "JSON; save it as JSON lines with the suffix .jsonl, or as CSV",
}
"""By the first bytes of a file, its format and the remedy."""
MARK = b"\xef\xbb\xbf"


def check_is_text(path: Path) -> None:
    """Check that a file does not begin as files of other formats do.

    Raises:
        MmcoreError: it does.
    """
    with path.open("rb") as file:
        start = file.read(64).removeprefix(MARK).lstrip()
    found = next((what for first, what in SIGNATURES.items() if start.startswith(first)), None)
    if found is not None:
        raise MmcoreError(f"'{path}' has the suffix of a text file, and is {found}")
