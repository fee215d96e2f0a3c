"""``mmcore plugins``."""

import traceback
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from mmcore.cli.check import check
from mmcore.cli.console import AsJson, show_json, show_table, show_text
from mmcore.cli.documents import lenient, plugin_document
from mmcore.cli.new import new

if TYPE_CHECKING:
    from mmcore.plugins import Diagnosis

__all__ = ["plugins_app"]

plugins_app = typer.Typer(
    help="Inspect, check and create plug-ins.\n\nExample: mmcore plugins list",
    no_args_is_help=True,
    rich_markup_mode=None,
)
plugins_app.command("check")(check)
plugins_app.command("new")(new)


@plugins_app.callback()
def plugins() -> None:
    """Inspect, check and create plug-ins."""


@plugins_app.command("list")
def list_plugins(as_json: AsJson = False) -> None:
    """List the installed plug-ins and their components.

    Example: mmcore plugins list
    """
    from mmcore.plugins import Catalogue, diagnose

    diagnoses = diagnose(Catalogue.discover().records)
    columns = ("plug-in", "version", "status", "components")
    _show(diagnoses, columns, lambda d: d.error or _offers(d), as_json)


@plugins_app.command("doctor")
def doctor(as_json: AsJson = False) -> None:
    """Import all components of all plug-ins; report problems, and how to fix or disable the plug-in.

    The exit code is 1 if there is a problem.

    Example: mmcore plugins doctor
    """
    from mmcore.plugins import Catalogue, diagnose, examine

    diagnoses = [examine(d) for d in diagnose(Catalogue.discover(lenient()).records)]
    columns = ("plug-in", "version", "status", "problem and remedy")
    _show(diagnoses, columns, lambda d: ". ".join(filter(None, (d.error, d.remedy))), as_json)
    if any(diagnosis.has_problem for diagnosis in diagnoses):
        raise typer.Exit(1)


@plugins_app.command("info")
def info(
    name: Annotated[str, typer.Argument(help="Distribution of a plug-in, or its entry point.")],
    as_json: AsJson = False,
) -> None:
    """Import all components of a plug-in and print them; if it is broken, print the traceback.

    Example: mmcore plugins info mmcore-table
    """
    from mmcore.plugins import Catalogue, diagnose, examine

    catalogue = Catalogue.discover(lenient())
    wanted = catalogue.plugins(name)
    diagnoses = [examine(d) for d in diagnose(catalogue.records) if d.record in wanted]
    if as_json:
        show_json([plugin_document(diagnosis) for diagnosis in diagnoses])
        return
    for diagnosis in diagnoses:
        show_text(*_lines(diagnosis))


def _show(
    diagnoses: "list[Diagnosis]",
    columns: tuple[str, ...],
    last: "Callable[[Diagnosis], str]",
    as_json: bool,
) -> None:
    if as_json:
        show_json([plugin_document(diagnosis) for diagnosis in diagnoses])
        return
    rows = [(d.record.distribution, d.record.version, d.status, last(d)) for d in diagnoses]
    show_table(columns, rows)


def _offers(diagnosis: "Diagnosis") -> str:
    return ", ".join(f"{spec.kind} {spec.name}" for spec in diagnosis.record.components)


def _lines(diagnosis: "Diagnosis") -> Iterator[str]:
    record = diagnosis.record
    yield f"{record.distribution} {record.version}: {diagnosis.status}"
    yield f"  entry point: {record.name} = {record.module}"
    for spec in record.components:
        yield f"  {spec.kind} {spec.name}: {spec.summary or 'no summary'}"
        yield from (f"    {place}" for place in spec.targets)
    if diagnosis.error:
        yield f"  error: {diagnosis.error}"
        yield f"  remedy: {diagnosis.remedy}"
    if diagnosis.cause is not None:
        yield "".join(traceback.format_exception(diagnosis.cause)).rstrip()
