"""The texts of records, in cells or in files."""

from pathlib import Path

from mmcore.data.tables.columns import only_column
from mmcore.data.tables.failures import read_each
from mmcore.data.tables.reading import PATH
from mmcore.data.tables.records import Records
from mmcore.errors import MmcoreError

__all__ = ["texts_of"]


def texts_of(records: Records, paths: bool = False, lower: bool = False) -> list[str]:
    """Return the text of each row.

    Arguments:
        records: of one column: texts, or the paths of files.
        paths: whether a column has paths of files, independent of its name.
        lower: whether capital letters become small letters.

    Raises:
        MmcoreError: the records have several columns, or a file is not UTF-8.
    """
    cells = only_column(records, "texts")
    if paths or records.names[0] == PATH:
        cells = list(read_each(cells, lambda cell: _content(records.resolve(cell))))
    return [text.lower() for text in cells] if lower else cells


def _content(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig").strip()
    except UnicodeDecodeError as error:
        raise MmcoreError(
            f"'{path}' is not UTF-8 (byte {error.start} is 0x{error.object[error.start]:02x}); save it as"
            " UTF-8"
        ) from error
