"""The interface of a file format."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import final

import pandas as pd

from mmcore.data.tables.formats.text import TextTable
from mmcore.data.tables.missing import MarkedTable, MissingWords
from mmcore.data.tables.records import Table
from mmcore.errors import MmcoreError

__all__ = ["ROW_NAMES", "WITHOUT_NAMES", "Format", "OpenedTable", "SeveralTables", "numbered"]

ROW_NAMES = "(row names)"
"""The name of the first column of a file whose lines have one cell more than there are names."""

WITHOUT_NAMES = "it has no names of columns (header: none), which are called c1 to {}"
"""A note on a table; the last name is filled in."""


@dataclass(frozen=True, slots=True)
class OpenedTable:
    """A table with remarks on how its file was read.

    Arguments:
        table: its cells as in the file.
        notes: unusual properties of the file, a clause each, such as "columns are separated by ';'".
        removed: by column, how many cells with each word of ``missing`` the format has read as missing.
        stamp: changes when the file changes; `open_table` sets it.
        missing: the words that mark a missing cell; `open_table` sets them.
        beside: further files that were read, such as those with the names of rows.
        annotations: columns that describe the rows, such as those of ``obs``; they are read where a study
            names them, as labels, groups or columns.
        modalities: names of the tables in the file that the option ``modality`` chooses from.
        first_row: the number of the first row where the file is shown, such as 2 below a line of names.
    """

    table: Table
    notes: tuple[str, ...] = ()
    removed: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    stamp: str = ""
    missing: MissingWords = field(default_factory=MissingWords)
    annotations: tuple[str, ...] = ()
    beside: tuple[Path, ...] = ()
    modalities: tuple[str, ...] = ()
    first_row: int = 1

    @property
    def cells(self) -> MarkedTable:
        """The table with the words for missing cells removed; ids are read from `table`."""
        is_text = isinstance(self.table, TextTable)
        missing = self.missing if is_text else self.missing.of_types()
        return MarkedTable(self.table, missing, self.removed)


@final
class SeveralTables(MmcoreError):
    """A file has several tables, and the study does not name one.

    Arguments:
        message: the sentence.
        option: of the study file, which names a table, such as ``sheet``.
        names: of the tables.
    """

    def __init__(self, message: str, option: str, names: Iterable[str]) -> None:
        super().__init__(message)
        self.option = option
        self.names = tuple(names)


class Format(ABC):
    """A file format: it reads the tables of a study and writes the tables of predictions.

    The fact ``suffixes`` of the `ComponentSpec`, such as ``{"suffixes": ".feather .ft"}``, states which
    files have the format. It is read before anything of the format is imported.

    - MUST: `open` and `write`. What `write` has written, `open` returns with equal cells: texts stay
      texts, and missing cells stay missing. No cell is interpreted: a format whose files have no types
      returns a `TextTable`, and one whose files have types returns numbers, booleans, texts, dates
      (datetime64) and durations (timedelta64) with the types of the file.
    - MAY: `write` raises `MmcoreError` before it takes a frame, if the format can only be read.
    - FOR SPEED: `open` returns a `Table` that reads some rows at a time, and `write` writes each frame as
      it arrives, so that a file may be larger than memory.

    Example:
        >>> import pandas as pd
        >>> from mmcore.data.tables import Format, FrameTable, OpenedTable
        >>> class Feather(Format):
        ...     def __init__(self, settings, context):
        ...         pass
        ...     def open(self, path, missing):
        ...         return OpenedTable(FrameTable(pd.read_feather(path)))
        ...     def write(self, path, frames):
        ...         pd.concat(frames, ignore_index=True).to_feather(path)
    """

    @abstractmethod
    def open(self, path: Path, missing: MissingWords) -> OpenedTable:
        """Return the table in a file that exists and is not empty.

        Arguments:
            path: the file.
            missing: words that mark a missing cell, for a `TextTable`. Other formats ignore it: the
                words are removed from what they return, but not from ids.

        Raises:
            MmcoreError: the file does not have the format.
            SeveralTables: it has several tables, and no option names one.
        """

    @abstractmethod
    def write(self, path: Path, frames: Iterable[pd.DataFrame]) -> None:
        """Write the rows of all frames to one new file, without their index.

        Arguments:
            path: the file; it replaces its final name after this method returns, see
                `mmcore.storage.files.atomic`.
            frames: one or more, with the same columns of numbers, booleans, dates (datetime64), durations
                (timedelta64), and texts or None.
        """


def numbered(count: int) -> list[str]:
    """Return names for columns without names: c1, c2, ..."""
    return [f"c{number}" for number in range(1, count + 1)]
