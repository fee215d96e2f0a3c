"""``mmcore plugins``."""

import typer
from rich.console import Console
from rich.table import Table

__all__ = ["plugins_app"]

plugins_app = typer.Typer(help="What is installed.", no_args_is_help=True, rich_markup_mode=None)


@plugins_app.command("list")
def list_plugins() -> None:
    """List the installed plug-ins and what they offer."""
    from mmcore.plugins import Catalogue

    table = Table(box=None, pad_edge=False)
    for column in ("plug-in", "version", "status", "offers"):
        table.add_column(column)
    for record in Catalogue.discover().records:
        offers = ", ".join(f"{spec.kind} {spec.name}" for spec in record.components)
        told = f"{type(record.error).__name__}: {record.error}" if record.error else offers
        table.add_row(record.distribution, record.version, record.status, told)
    Console().print(table)


@plugins_app.callback()
def plugins() -> None:
    """What is installed."""
