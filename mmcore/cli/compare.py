"""``mmcore compare``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table as RichTable

if TYPE_CHECKING:
    from mmcore.reporting.record import Table

__all__ = ["compare"]


def compare(
    runs: Annotated[list[Path], typer.Argument(help="Folders of evaluated runs, two or more.")],
    out: Annotated[
        Path | None, typer.Option(help="A page to write as well, such as comparison.html.")
    ] = None,
) -> None:
    """Show evaluated runs side by side."""
    from mmcore.reporting.comparison import compared, differences
    from mmcore.reporting.record import read_record

    records = [read_record(run / "evaluation.json") for run in runs]
    tables, console = compared(records), Console()
    console.print(f"data: {records[0].data}", highlight=False)
    for sentence in differences(records):
        console.print(f"note: {sentence}", highlight=False, soft_wrap=True)
    for table in tables:
        console.print(_screen(table))
    if out is not None:
        from mmcore.reporting.pages import render

        page = render(
            "comparison.html.j2",
            runs=[record.run for record in records],
            data=records[0].data,
            differences=differences(records),
            tables=tables,
        )
        out.write_text(page, encoding="utf-8")
        console.print(f"written: {out}", highlight=False, soft_wrap=True)


def _screen(table: "Table") -> RichTable:
    from mmcore.reporting.pages import number

    shown = RichTable(title=table.name, title_justify="left", box=None, pad_edge=False)
    shown.add_column(table.row_label)
    for column in table.columns:
        shown.add_column(column.name, justify="right")
    for row, values in table.rows.items():
        cells = [
            f"[bold]{number(value)}[/bold]" if table.is_best(row, place) else number(value)
            for place, value in enumerate(values)
        ]
        shown.add_row(escape(row), *cells)
    return shown
