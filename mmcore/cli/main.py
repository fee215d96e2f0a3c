"""The command ``mmcore``."""

import sys
from typing import Annotated

import typer
from rich.console import Console

from mmcore.cli.compare import compare
from mmcore.cli.evaluate import evaluate
from mmcore.cli.methods import methods_app
from mmcore.cli.plugins import plugins_app
from mmcore.cli.train import train
from mmcore.errors import MmcoreError

__all__ = ["app", "run"]

app = typer.Typer(
    name="mmcore",
    help="Multimodal VAEs for any number of modalities, any of them missing.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command()(train)
app.command()(evaluate)
app.command()(compare)
app.add_typer(methods_app, name="methods")
app.add_typer(plugins_app, name="plugins")


def _version(wanted: bool) -> None:
    if wanted:
        from mmcore.version import __version__

        typer.echo(f"mmcore {__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Multimodal VAEs for any number of modalities, any of them missing."""


def run() -> None:
    """Run the command line; a mistake of the user is one sentence and exit code 2."""
    try:
        app()
    except MmcoreError as error:
        Console(stderr=True, soft_wrap=True, highlight=False).print(f"error: {error}", markup=False)
        sys.exit(2)
