"""Import of the objects that a component names; errors name the component and its plug-in."""

import sys
from contextlib import redirect_stdout
from importlib import import_module
from typing import Any

from pydantic import BaseModel, ConfigDict, PydanticUserError

from mmcore.errors import MmcoreError, documented
from mmcore.plugins.discovery import PluginRecord
from mmcore.plugins.spec import ComponentSpec
from mmcore.terminal.signals import Interrupted

__all__ = ["NoSettings", "imported", "schema_of", "settings_model"]


class NoSettings(BaseModel):
    """The settings of a component that has none."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@documented("plugins/reference")
def imported(record: PluginRecord, spec: ComponentSpec, place: str) -> Any:
    """Return the object at ``place``, imported now.

    Raises:
        MmcoreError: it cannot be imported; the plug-in's own error is its cause.
    """
    module, _, name = place.partition(":")
    try:
        with redirect_stdout(sys.stderr):
            return getattr(import_module(module), name)
    except (KeyboardInterrupt, Interrupted):
        raise
    except BaseException as error:
        raise MmcoreError(
            f"{spec.kind} '{spec.name}' of plug-in {record.distribution} {record.version} cannot be"
            f" loaded from '{place}': {type(error).__name__}: {error}; fix or uninstall it"
        ) from error


@documented("plugins/reference")
def settings_model(record: PluginRecord, spec: ComponentSpec) -> type[BaseModel]:
    """Return the pydantic model of a component's settings.

    Raises:
        MmcoreError: it cannot be imported, or is not a pydantic model.
    """
    if spec.settings is None:
        return NoSettings
    model = imported(record, spec, spec.settings)
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        raise MmcoreError(
            f"the settings '{spec.settings}' of {spec.kind} '{spec.name}' of plug-in"
            f" {record.distribution} {record.version} are not a pydantic model; derive them from"
            " pydantic.BaseModel"
        )
    return model


def schema_of(record: PluginRecord, spec: ComponentSpec) -> dict[str, Any]:
    """Return the JSON schema of a component's settings.

    Raises:
        MmcoreError: they cannot be imported, or have none.
    """
    try:
        return settings_model(record, spec).model_json_schema()
    except PydanticUserError as error:
        raise MmcoreError(
            f"the settings of {spec.kind} '{spec.name}' of plug-in {record.distribution}"
            f" {record.version} have no JSON schema: {error.message}; use types that JSON can hold"
        ) from error
