"""Options of a component that another component names, written as ``component.option``."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

__all__ = ["options_field", "with_nested"]

SUFFIX = "_options"


def options_field(model: type[BaseModel], values: Mapping[str, Any], component: str) -> str | None:
    """Return the field that holds the options of ``component``, or None if no field names it.

    A field ``x`` names a component if there is a field ``x_options`` beside it.

    Arguments:
        model: settings, some of whose fields name components.
        values: the chosen values; a field that is left out has its default.
        component: name of a component.

    Example:
        >>> from mmcore.config.components import MmJsdSettings
        >>> options_field(MmJsdSettings, {"dynamic_prior": "power"}, "power")
        'dynamic_prior_options'
    """
    fields = model.model_fields
    for name, field in fields.items():
        chosen = values.get(name, field.default)
        if chosen == component and name + SUFFIX in fields:
            return name + SUFFIX
    return None


def with_nested(model: type[BaseModel], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``values`` with each ``component.option`` in the options of the field that names it.

    A key whose component is not named by any field stays as it is, and is refused as unknown.

    Example:
        >>> from mmcore.config.components import MmJsdSettings
        >>> with_nested(MmJsdSettings, {"dynamic_prior": "power", "power.power": -2})
        {'dynamic_prior': 'power', 'dynamic_prior_options': {'power': -2}}
    """
    plain = {key: value for key, value in values.items() if "." not in key}
    for key in values.keys() - plain.keys():
        component, _, option = key.partition(".")
        field = options_field(model, values, component)
        if field is None:
            plain[key] = values[key]
        else:
            plain[field] = {**plain.get(field, {}), option: values[key]}
    return plain
