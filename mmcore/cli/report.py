"""``mmcore report``."""

from pathlib import Path
from typing import Annotated

import typer

from mmcore.cli.console import show_text

__all__ = ["report"]


def report(
    run: Annotated[Path, typer.Argument(help="Folder of an evaluated run.")],
    pdf: Annotated[
        bool, typer.Option("--pdf", help="Write report.pdf as well; this needs Chromium or Chrome.")
    ] = False,
) -> None:
    """Write the report of an evaluated run again, without measuring anything.

    Example: mmcore report runs/RUN --pdf
    """
    from mmcore.runs.evaluation.report import report as write

    show_text(*(f"written: {file}" for file in write(run, pdf=pdf)))
