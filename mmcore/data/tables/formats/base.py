"""The interface of a file format."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from mmcore.data.tables.records import Table

__all__ = ["Format", "OpenedTable"]


@dataclass(frozen=True, slots=True)
class OpenedTable:
    """A table with remarks on how its file was read.

    Arguments:
        table: its cells.
        notes: unusual properties of the file, a clause each, such as "numbers have decimal commas".
        stamp: changes when the file changes; `open_table` sets it.
    """

    table: Table
    notes: tuple[str, ...] = ()
    stamp: str = ""


class Format(ABC):
    """A file format: it reads the tables of a study and writes the tables of predictions.

    The fact ``suffixes`` of the `ComponentSpec`, such as ``{"suffixes": ".feather .ft"}``, states which
    files have the format. It is read before anything of the format is imported.

    - MUST: `open` and `write`. What `write` has written, `open` returns with equal cells: texts stay
      texts, ``001`` too if it is a column of `open`'s ``text``, and missing cells stay missing.
    - MAY: `write` raises `MmcoreError` before it takes a frame, if the format can only be read.
    - FOR SPEED: `open` returns a `Table` that reads some rows at a time, and `write` writes each frame as
      it arrives, so that a file may be larger than memory.

    Example:
        >>> import pandas as pd
        >>> from mmcore.data.tables import Format, FrameTable, OpenedTable
        >>> class Feather(Format):
        ...     def __init__(self, settings, context):
        ...         pass
        ...     def open(self, path, text, missing):
        ...         return OpenedTable(FrameTable(pd.read_feather(path)))
        ...     def write(self, path, frames):
        ...         pd.concat(frames, ignore_index=True).to_feather(path)
    """

    @abstractmethod
    def open(self, path: Path, text: Sequence[str], missing: Sequence[str]) -> OpenedTable:
        """Return the table in a file that exists and is not empty.

        Arguments:
            path: the file.
            text: columns whose cells are texts even if they look like numbers, such as ids. The file
                need not have all of them. A format whose files have types may ignore it.
            missing: texts that mark a missing cell, in addition to the usual ones. A format whose files
                have missing cells of their own may ignore it.

        Raises:
            MmcoreError: the file does not have the format.
        """

    @abstractmethod
    def write(self, path: Path, frames: Iterable[pd.DataFrame]) -> None:
        """Write the rows of all frames to one new file, without their index.

        Arguments:
            path: the file; it replaces its final name after this method returns, see `mmcore.files.atomic`.
            frames: one or more, with the same columns of numbers, booleans, and texts or None.
        """
