"""``mmcore export``."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from mmcore.cli.records import Run
from mmcore.terminal.printing import Console, grid

__all__ = ["export"]


def export(
    run: Run,
    out: Annotated[Path, typer.Option(help="Folder to write, which does not exist.")],
    format_name: Annotated[
        Literal["torch-export", "onnx"], typer.Option("--format", help="Format of the files.")
    ] = "onnx",
    modalities: Annotated[
        str | None, typer.Option(help="Modalities, separated by commas. [default: all]")
    ] = None,
) -> None:
    """Write encoders, decoders and the joint posterior as files for other programs.

    Each file is compared with the model to 1e-5 before the command succeeds.

    Example: mmcore export runs/RUN --format onnx --out exported. See docs/sharing.md.
    """
    from mmcore.export import export_model
    from mmcore.runs.run import Run as OpenedRun

    names = None if modalities is None else [name.strip() for name in modalities.split(",")]
    manifest = export_model(OpenedRun.open(run).model, out, format_name, names)
    rows = [
        (part.file, ", ".join(x.name for x in part.inputs), f"{part.largest_difference:.0e}")
        for part in manifest.parts.values()
    ]
    rows_compared = next(iter(manifest.parts.values())).compared_rows
    title = f"{out}, compared with the model on {rows_compared} generated rows"
    Console().print(
        grid(("file", "inputs", "difference"), rows, title=title, right=("difference",))
    )
    for name, reason in manifest.left_out.items():
        Console().print(f"note: {name} is left out: {reason}")
