"""``mmcore methods``."""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

__all__ = ["methods_app"]

methods_app = typer.Typer(
    help="Inspect the available methods.", no_args_is_help=True, rich_markup_mode=None
)


@methods_app.callback()
def methods() -> None:
    """Inspect the available methods."""


@methods_app.command("list")
def list_methods() -> None:
    """List the installed methods."""
    from mmcore.plugins import Catalogue

    catalogue = Catalogue.discover()
    table = Table(box=None, pad_edge=False)
    for column in ("method", "description", "lower bound of log p(X)", "reference"):
        table.add_column(column)
    for name in catalogue.names("method"):
        _, spec = catalogue.find("method", name)
        table.add_row(
            name, spec.summary, spec.facts.get("lower bound", "not stated"), spec.reference
        )
    Console().print(table)


@methods_app.command("info")
def info(name: Annotated[str, typer.Argument(help="Name of a method.")]) -> None:
    """Print the parts of a method, and its options with their defaults."""
    from mmcore.plugins import Catalogue

    catalogue, console = Catalogue.discover(), Console(highlight=False)
    record, spec = catalogue.find("method", name)
    console.print(f"{spec.name}: {spec.summary}")
    facts = {"reference": spec.reference, **spec.facts}
    for fact, value in {**facts, "from": f"{record.distribution} {record.version}"}.items():
        console.print(f"  {fact}: {value or 'none'}")
    table = Table(box=None, pad_edge=False)
    for column in ("option", "default", "description"):
        table.add_column(column)
    for option, field in catalogue.settings_model("method", name).model_fields.items():
        default = "by data" if field.default is None else str(field.default)
        table.add_row(option, default, field.description or "")
    console.print(table)
    console.print("other options: --set NAME=VALUE")
