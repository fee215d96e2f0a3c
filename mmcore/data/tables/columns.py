"""Records of one column: a text, or the path of a file, in each row."""

from pathlib import Path

from mmcore.data.tables.failures import read_each
from mmcore.data.tables.records import Records
from mmcore.errors import MmcoreError

__all__ = ["files_of", "only_column", "stamps"]


def only_column(records: Records, what: str) -> list[str]:
    """Return the cells of the one column, as text.

    Arguments:
        records: of one column.
        what: a word for the cells, for messages.

    Raises:
        MmcoreError: the records have several columns.
    """
    if len(records.names) != 1:
        raise MmcoreError(
            f"modality '{records.modality}' reads {what} from one column, and '{records.source}' gives"
            f" {len(records.names)}; name the one with columns: NAME"
        )
    return [str(cell) for cell in records.frame(text=records.names)[records.names[0]]]


def files_of(records: Records) -> list[Path]:
    """Return the file of each row, from the one column of paths.

    Raises:
        MmcoreError: the records have several columns, or a file does not exist.
    """
    return list(read_each(only_column(records, "paths"), records.resolve))


def stamps(files: list[Path]) -> list[str]:
    """Return a text for each file that changes when the file does, for `cached_array`."""
    stats = [file.stat() for file in files]
    return [f"{f} {s.st_size} {s.st_mtime_ns}" for f, s in zip(files, stats, strict=True)]
