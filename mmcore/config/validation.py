"""The message of a validation error, as one sentence."""

from collections.abc import Callable, Iterator
from typing import get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from mmcore.config.base import FITTED
from mmcore.errors import nearest

__all__ = ["sentence"]

MEMBERS = ("constrained-float", "constrained-int", "float", "int", "str", "[key]")

SHAPES = {
    "dict_type": "expected a mapping, such as {name: value}",
    "model_type": "expected a mapping, such as {name: value}",
    "list_type": "expected a list, such as [a, b]",
    "tuple_type": "expected a list, such as [a, b]",
}
"""By type of an error of pydantic, what YAML calls its types."""


def sentence(
    error: ValidationError,
    model: type[BaseModel],
    where: str,
    place_of: Callable[[str], str | None] | None = None,
) -> str:
    """Return the message for the first invalid value, with the nearest valid name.

    Arguments:
        error: error of pydantic.
        model: model of the validated settings.
        where: name of the settings for the user.
        place_of: if given, returns where an unknown key is valid, see `mmcore.config.levels`.
    """
    first = error.errors()[0]
    path = ".".join(map(str, _named(first["loc"]))) or "the value"
    if first["type"] == "extra_forbidden":
        place = place_of(str(first["loc"][-1])) if place_of else None
        if place is not None:
            return f"{where} has no option '{path}'; {place}"
        options = sorted(set(_fields(model, first["loc"][:-1])))
        return (
            f"{where} has no option '{path}', it has {', '.join(options) or 'none'}"
            f"{nearest(str(first['loc'][-1]), options)}"
        )
    message = SHAPES.get(first["type"], first["msg"].removeprefix("Value error, "))
    if first["type"] == "missing":
        return f"{where} needs '{path}', which is missing"
    return f"{where}: {path}={first['input']!r} is not valid; {message[:1].lower()}{message[1:]}"


def _named(path: tuple[int | str, ...]) -> Iterator[int | str]:
    """Omit pydantic's names of union members, such as ``constrained-float``, and its mark of keys."""
    return (part for part in path if part not in MEMBERS)


def _fields(model: type[BaseModel], path: tuple[int | str, ...]) -> Iterator[str]:
    for part in path:
        if isinstance(part, str) and part in model.model_fields:
            for inner in _models(model.model_fields[part].annotation):
                model = inner
    yield from (name for name, field in model.model_fields.items() if not _is_fitted(field))


def _is_fitted(field: FieldInfo) -> bool:
    extra = field.json_schema_extra
    return isinstance(extra, dict) and FITTED.items() <= extra.items()


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models(argument)
