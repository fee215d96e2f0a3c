"""``mmcore methods``."""

from typing import Annotated

import typer

from mmcore.terminal.printing import Console, grid

__all__ = ["methods_app"]

methods_app = typer.Typer(
    help="Inspect the available methods.\n\nExample: mmcore methods info mmjsd",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@methods_app.callback()
def methods() -> None:
    """Inspect the available methods."""


@methods_app.command("list")
def list_methods() -> None:
    """List the installed methods.

    Example: mmcore methods list
    """
    from mmcore.plugins import Catalogue

    catalogue = Catalogue.discover()
    specs = {name: catalogue.find("method", name)[1] for name in catalogue.names("method")}
    rows = [
        (name, spec.summary, spec.facts.get("lower bound", "not stated"), spec.reference)
        for name, spec in specs.items()
    ]
    header = ("method", "description", "lower bound of log p(X)", "reference")
    Console().print(grid(header, rows))


@methods_app.command("info")
def info(name: Annotated[str, typer.Argument(help="Name of a method.")]) -> None:
    """Print the parts of a method, and its options with their defaults.

    Example: mmcore methods info mmjsd
    """
    from mmcore.plugins import Catalogue

    catalogue, console = Catalogue.discover(), Console()
    record, spec = catalogue.find("method", name)
    console.print(f"{spec.name}: {spec.summary}")
    facts = {"reference": spec.reference, **spec.facts}
    for fact, value in {**facts, "from": f"{record.distribution} {record.version}"}.items():
        console.print(f"  {fact}: {value or 'none'}")
    rows = [
        (
            option,
            "by data" if field.default is None else str(field.default),
            field.description or "",
        )
        for option, field in catalogue.settings_model("method", name).model_fields.items()
    ]
    console.print(grid(("option", "default", "description"), rows))
    console.print("other options: --set NAME=VALUE")
