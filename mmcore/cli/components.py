"""``mmcore components``."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mmcore.cli.console import AsJson, show_json, show_table
from mmcore.cli.documents import component_document
from mmcore.errors import MmcoreError, listed, nearest

if TYPE_CHECKING:
    from mmcore.plugins import Catalogue, Kind

__all__ = ["components_app"]

OfKind = Annotated[
    str | None, typer.Option("--kind", help="Only components of this kind, such as modality.")
]

components_app = typer.Typer(
    help="Inspect the available components.\n\nExample: mmcore components list --kind prior",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@components_app.callback()
def components() -> None:
    """Inspect the available components."""


@components_app.command("list")
def list_components(kind: OfKind = None, as_json: AsJson = False) -> None:
    """List the available components by kind.

    Example: mmcore components list --kind prior
    """
    from mmcore.plugins import Catalogue

    catalogue = Catalogue.discover()
    offers = [
        (record, spec)
        for wanted in _kinds(kind)
        for name in catalogue.names(wanted)
        for record, spec in catalogue.offers(wanted, name)
    ]
    if as_json:
        show_json(
            [{**component_document(s), "distribution": r.distribution} for r, s in offers],
        )
        return
    show_table(
        ("kind", "name", "plug-in", "description"),
        [(spec.kind, spec.name, record.distribution, spec.summary) for record, spec in offers],
    )


@components_app.command("schema")
def schema(
    name: Annotated[str, typer.Argument(help="Name of a component.")],
    kind: OfKind = None,
    as_json: AsJson = False,
) -> None:
    """Print the options of a component, as a table or as a JSON schema.

    Example: mmcore components schema adam
    """
    from mmcore.plugins import Catalogue

    catalogue = Catalogue.discover()
    document = catalogue.schema(_kind_of(name, kind, catalogue), name)
    if as_json:
        show_json(document)
        return
    show_table(("option", "type", "default", "description"), _options(document))


def _kinds(kind: str | None) -> "list[Kind]":
    from mmcore.plugins import KINDS

    if kind is not None and kind not in KINDS:
        raise MmcoreError(
            f"unknown kind '{kind}', expected one of {listed(KINDS)}{nearest(kind, KINDS)}"
        )
    return [known for known in KINDS if kind in (None, known)]


def _kind_of(name: str, kind: str | None, catalogue: "Catalogue") -> "Kind":
    bare = name.rpartition(":")[2]
    kinds = _kinds(kind)
    matching = [known for known in kinds if bare in catalogue.names(known)]
    if len(matching) > 1:
        raise MmcoreError(
            f"'{name}' is the name of components of several kinds; add --kind {' or '.join(matching)}"
        )
    if not matching:
        for known in kinds:
            if refusal := catalogue.refusal(known, name):
                raise refusal
        every = [other for known in kinds for other in catalogue.names(known)]
        raise MmcoreError(
            f"unknown component '{name}', see mmcore components list{nearest(name, every)}"
        )
    return matching[0]


def _options(document: dict[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    needed = document.get("required", [])
    for option, field in document.get("properties", {}).items():
        default = "required" if option in needed else repr(field.get("default"))
        yield option, _type(field), default, field.get("description", "")


def _type(field: dict[str, Any]) -> str:
    choices = [_type(choice) for choice in field.get("anyOf", [])]
    if "enum" in field:
        choices = [repr(value) for value in field["enum"]]
    return " or ".join(choices) or str(field.get("type", "any"))
