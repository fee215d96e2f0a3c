"""The output of commands, as lines, tables or JSON."""

import json
from collections.abc import Iterable, Sequence
from typing import Annotated, Any

import typer

from mmcore.terminal.printing import Console, grid

__all__ = ["AsJson", "show_json", "show_table", "show_text"]

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


def show_json(document: Any) -> None:
    """Print a document in ASCII."""
    typer.echo(json.dumps(document, indent=2, default=str))


def show_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table; only the last column is wrapped on a narrow terminal."""
    Console().print(grid(columns, rows, fold=True))


def show_text(*texts: str) -> None:
    """Print texts of one or more lines."""
    console = Console()
    for text in texts:
        for line in text.split("\n"):
            console.print(line)
