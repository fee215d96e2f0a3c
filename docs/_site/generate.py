"""Pages of the reference that are made from the code: the command line, and the fields of YAML files."""

from collections.abc import Iterator
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import typer
from pydantic import BaseModel
from pydantic_core import PydanticUndefined
from typer.core import TyperGroup

from mmcore.cli.app import app
from mmcore.config import EvaluationSettings, RunConfig, StudyConfig
from mmcore.config.study import RecordsConfig, StudyModality
from mmcore.plugins import Catalogue

KINDS = (
    "modality",
    "method",
    "aggregator",
    "inference",
    "objective",
    "prior",
    "optimizer",
    "tracker",
    "metric",
    "format",
)


def write_reference(folder: Path) -> None:
    """Write all pages; a page that would not change is left as it is, so that a build can reuse it."""
    folder.mkdir(parents=True, exist_ok=True)
    pages = {"command-line": command_line(), "files": files(), "components": components()}
    for name, lines in pages.items():
        text, path = "\n".join(lines) + "\n", folder / f"{name}.md"
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def command_line() -> Iterator[str]:
    """Yield the help of every command."""
    yield "# Command line"
    yield "\nThe output of `--help` of each command."
    yield from _commands(typer.main.get_command(app), ["mmcore"])


def _commands(command: Any, words: list[str]) -> Iterator[str]:
    context = typer.Context(command, info_name=" ".join(words), terminal_width=90)
    yield f"\n## `{' '.join(words)}`\n"
    yield f"```text\n{command.get_help(context).strip()}\n```"
    if isinstance(command, TyperGroup):
        for name in command.list_commands(context):
            yield from _commands(command.get_command(context, name), [*words, name])


def files() -> Iterator[str]:
    """Yield the fields of study files, of ``config.yaml`` and of the settings of an evaluation."""
    yield "# Files"
    yield "\nAn entry without a default must be given. `NAME` is that of a modality or a tracker."
    titles = {"study.yaml": StudyConfig, "config.yaml": RunConfig, "Evaluation": EvaluationSettings}
    for title, model in titles.items():
        yield f"\n## {title}\n\n{_text(model.__doc__)}\n"
        yield from _fields(model, "")


def _fields(model: type[BaseModel], prefix: str) -> Iterator[str]:
    yield "| entry | type | default | content |\n| --- | --- | --- | --- |"
    yield from _rows(model, prefix)


def _rows(model: type[BaseModel], prefix: str) -> Iterator[str]:
    for name, field in model.model_fields.items():
        inner = [*_models(field.annotation)]
        default = "" if field.is_required() else _default(field.default)
        about = field.description or (_text(inner[0].__doc__).splitlines()[0] if inner else "")
        yield f"| `{prefix}{name}` | `{_kind(field.annotation)}` | {default} | {_cell(about)} |"
        each = (
            f"{prefix}{name}.NAME." if get_origin(field.annotation) is dict else f"{prefix}{name}."
        )
        for kind in inner:
            yield from _rows(kind, each)
            if kind is StudyModality:
                yield from _rows(RecordsConfig, each)


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    """Yield the models in an annotation; those in a mapping stand for each of its values."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)


def _kind(annotation: Any) -> str:
    """Return a type in words: names of classes, values of a choice, types in a container."""
    kind, parts = get_origin(annotation), get_args(annotation)
    if kind is Annotated:
        return _kind(parts[0])
    if kind is Literal:
        return " or ".join(map(str, parts))
    if kind in (Union, UnionType):
        return " or ".join(_kind(part) for part in parts if part is not NoneType)
    if parts:
        return f"{kind.__name__} of {', '.join(_kind(part) for part in parts if part is not ...)}"
    return str(getattr(annotation, "__name__", annotation))


def _default(value: object) -> str:
    if value is PydanticUndefined or isinstance(value, BaseModel):
        return ""
    return f"`{_cell(str(value))}`" if str(value) else ""


def components() -> Iterator[str]:
    """Yield the components of the installed distributions with their options."""
    catalogue = Catalogue.discover()
    yield "# Components"
    yield "\nThe components of mmcore and of its plug-ins, with their options for `--set NAME.OPTION=VALUE`."
    for kind in KINDS:
        yield f"\n## {kind}\n"
        for name in catalogue.names(kind):
            record, spec = catalogue.find(kind, name)
            yield f"\n### `{name}` ({kind})\n\n{spec.summary}\n\nDistribution: {record.distribution}.\n"
            yield from _fields(catalogue.settings_model(kind, name), "")


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def _text(docstring: str | None) -> str:
    return " ".join((docstring or "").split())
