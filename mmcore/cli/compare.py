"""``mmcore compare``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mmcore.terminal.printing import Console, grid, literal

if TYPE_CHECKING:
    from mmcore.reporting.record import Table

__all__ = ["compare"]


def compare(
    runs: Annotated[list[Path], typer.Argument(help="Folders of evaluated runs, two or more.")],
    out: Annotated[
        Path | None, typer.Option(help="A page to write as well, such as comparison.html.")
    ] = None,
) -> None:
    """Show evaluated runs side by side.

    Example: mmcore compare runs/ONE runs/OTHER --out comparison.html
    """
    from mmcore.reporting.comparison import compared, differences, read_runs

    evaluated = read_runs(runs)
    tables, console = compared(evaluated), Console()
    console.print(f"data: {evaluated[0].record.data}")
    for sentence in differences(evaluated):
        console.print(f"note: {sentence}")
    for table in tables:
        _show(table, console)
    if out is not None:
        from mmcore.reporting.pages import render

        page = render(
            "comparison.html.j2",
            runs=[run.name for run in evaluated],
            data=evaluated[0].record.data,
            differences=differences(evaluated),
            tables=tables,
        )
        out.write_text(page, encoding="utf-8")
        console.print(f"written: {out}")


def _show(table: "Table", console: Console) -> None:
    from mmcore.reporting.numbers import error, number

    rows = [
        [
            literal(f"{row} (!)" if row in table.doubts else row),
            *(
                literal(
                    number(value) + error(table.error(row, place), value),
                    "bold" if table.is_best(row, place) else "",
                )
                for place, value in enumerate(values)
            ),
        ]
        for row, values in table.rows.items()
    ]
    runs = [column.name for column in table.columns]
    console.print(grid([table.row_label, *runs], rows, title=table.name, right=runs))
    for row, reason in table.doubts.items():
        console.print(f"(!) {row}: {reason}")
