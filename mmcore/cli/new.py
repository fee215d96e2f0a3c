"""``mmcore plugins new``."""

from pathlib import Path
from typing import Annotated

import typer

from mmcore.cli.console import show_text

__all__ = ["new"]


def new(
    name: Annotated[str, typer.Argument(help="Name of the component, such as my-modality.")],
    kind: Annotated[
        str,
        typer.Option(
            help="modality, prior, inference, aggregator, objective, method, optimizer, tracker, metric or"
            " format."
        ),
    ] = "modality",
    out: Annotated[
        Path | None, typer.Option(help="Folder to write. [default: mmcore-NAME]")
    ] = None,
) -> None:
    """Write a package with a small working component, to start from.

    Example: mmcore plugins new spectra --kind modality
    """
    from mmcore.plugins import Catalogue
    from mmcore.scaffold import package_names, write_package

    names = package_names(name, kind, Catalogue.discover())
    folder = out or Path(names.distribution)
    show_text(*(f"written: {path}" for path in write_package(names, folder)))
    show_text(
        "next steps:",
        f"  uv pip install --editable {folder}",
        f"  mmcore plugins check {names.distribution}",
    )
