"""Lines and tables on the terminal, in which text of users, files and libraries is literal.

Everything that the commands print passes through `Console`.
"""

import os
from collections.abc import Collection, Iterable, Sequence
from typing import IO, final

from rich.console import Console as RichConsole
from rich.table import Table
from rich.text import Text

from mmcore.terminal.escaping import shown

__all__ = ["Console", "grid", "literal"]

NOTEBOOK = "JPY_PARENT_PID"
"""Variable of the environment of a notebook. Its commands have a terminal that cannot replace lines."""


def literal(text: object, style: str = "") -> Text:
    """Return a cell of a table that shows ``text`` in a style of rich, such as ``bold``."""
    return Text(shown(text), style)


def grid(
    header: Sequence[str],
    rows: Iterable[Sequence[str | Text]],
    *,
    title: str | None = None,
    right: Collection[str] = (),
    fold: bool = False,
) -> Table:
    """Return a table whose names and cells are shown literally.

    Arguments:
        header: names of the columns.
        rows: the cells: texts, or texts with a style, see `literal`.
        title: a line above the table.
        right: names of the columns that are aligned to the right.
        fold: whether only the last column is wrapped on a narrow terminal.
    """
    table = Table(box=None, pad_edge=False, title_justify="left")
    table.title = None if title is None else literal(title)
    for place, name in enumerate(header):
        table.add_column(
            literal(name),
            justify="right" if name in right else "left",
            overflow="fold" if fold else "ellipsis",
            no_wrap=fold and place < len(header) - 1,
        )
    for row in rows:
        table.add_row(*(cell if isinstance(cell, Text) else literal(cell) for cell in row))
    return table


@final
class Console:
    """A terminal, or a file, on which every text is shown literally.

    Arguments:
        file: where the text goes; standard output if left out.
        width: columns of characters; those of the terminal if left out.
        stderr: whether the text goes to standard error.
        quiet: whether nothing is printed.
    """

    def __init__(
        self,
        file: IO[str] | None = None,
        *,
        width: int | None = None,
        stderr: bool = False,
        quiet: bool = False,
    ) -> None:
        self.rich = RichConsole(
            file=file,
            width=width,
            stderr=stderr,
            quiet=quiet,
            markup=False,
            emoji=False,
            highlight=False,
        )

    @property
    def file(self) -> IO[str]:
        """Where the text goes."""
        return self.rich.file

    @property
    def is_terminal(self) -> bool:
        """Whether lines can be replaced: not in a file, nor below a cell of a notebook (``!mmcore``)."""
        return self.rich.is_terminal and self.file.isatty() and NOTEBOOK not in os.environ

    def print(self, what: str | Table, style: str = "") -> None:
        """Print a line of text, which the terminal wraps, or a table, see `grid`."""
        if isinstance(what, Table):
            self.rich.print(what)
        else:
            self.rich.print(literal(what, style), soft_wrap=True)

    def rule(self, title: str) -> None:
        """Print a line across the terminal, with a title."""
        self.rich.rule(literal(title))
