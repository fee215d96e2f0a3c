"""The output of commands, as tables or as JSON."""

import json
from collections.abc import Iterable, Sequence
from typing import Annotated, Any

import typer

__all__ = ["AsJson", "show_json", "show_table", "show_text"]

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


def show_json(document: Any) -> None:
    """Print a document."""
    typer.echo(json.dumps(document, indent=2, default=str))


def show_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table; only the last column is wrapped on a narrow terminal."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold", no_wrap=column != columns[-1])
    for row in rows:
        table.add_row(*map(Text, row))
    Console(highlight=False).print(table)


def show_text(*lines: str) -> None:
    """Print lines."""
    for line in lines:
        typer.echo(line)
