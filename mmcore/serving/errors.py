"""The messages of requests that are not valid, each one sentence."""

from collections.abc import Mapping, Sequence
from typing import Any

from mmcore.errors import listed, nearest
from mmcore.jsonvalues import CellsForm, ValueForm

__all__ = ["sentence_of"]

SHOWN = 40
"""Characters of a value in a message."""


def sentence_of(
    errors: Sequence[Mapping[str, Any]], fields: Sequence[str], forms: Mapping[str, ValueForm]
) -> str:
    """Return the message for the first error of a request.

    Arguments:
        errors: of pydantic, with ``body`` as the first part of each place.
        fields: names of the valid fields of the request.
        forms: of the modalities.
    """
    # An unknown name explains why another one is missing.
    first = next((error for error in errors if error["type"] == "extra_forbidden"), errors[0])
    place = [part for part in first["loc"][1:] if not _is_type(part)]
    path = ".".join(map(str, place))
    if first["type"] == "json_invalid":
        return (
            f"the request is no JSON ({first['ctx']['error']}); expected an object such as"
            ' {"records": [..]}'
        )
    if first["type"] == "missing":
        return f"the request needs '{path}'" if path else "the request is empty, expected an object"
    if first["type"] == "extra_forbidden":
        known = _known(place, fields, forms)
        where = f"'{'.'.join(map(str, place[:-1]))}'" if place[:-1] else "the request"
        return (
            f"{where} has no '{place[-1]}', expected {_some(known)}{nearest(str(place[-1]), known)}"
        )
    message = first["msg"].removeprefix("Value error, ")
    shown = repr(first["input"])
    shown = shown if len(shown) <= SHOWN else f"{shown[:SHOWN]}.."
    return f"the request: {path or 'its body'}={shown} is not valid; {message[:1].lower()}{message[1:]}"


def _is_type(part: object) -> bool:
    """Return whether a part of a place is pydantic's name of a type, such as ``function-before[..]``."""
    return isinstance(part, str) and (
        part.startswith("function-") or part in ("nullable", "Record")
    )


def _known(
    place: Sequence[object], fields: Sequence[str], forms: Mapping[str, ValueForm]
) -> Sequence[str]:
    """Return the valid names beside the last part of a place."""
    if len(place) < 2:
        return fields
    form = forms.get(str(place[-2]))
    return form.columns if isinstance(form, CellsForm) else list(forms)


def _some(names: Sequence[str], most: int = 8) -> str:
    first = listed(names[:most])
    return first if len(names) <= most else f"{first}, .."
