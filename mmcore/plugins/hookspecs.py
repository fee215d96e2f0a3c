"""The hooks that plug-ins implement, and the version of this contract."""

from collections.abc import Iterable

import pluggy

from mmcore.plugins.spec import ComponentSpec

__all__ = ["API_FLOOR", "API_VERSION", "hookimpl", "mmcore_components"]

API_VERSION = 1
"""Version of the plug-in interface; it is raised when something is added."""

API_FLOOR = 1
"""Oldest supported version; raising it is the only change that breaks plug-ins."""

hookspec = pluggy.HookspecMarker("mmcore")
hookimpl = pluggy.HookimplMarker("mmcore")


@hookspec
def mmcore_components() -> Iterable[ComponentSpec]:  # type: ignore[empty-body]
    """Return the components of this plug-in.

    It is called once in each process that uses plug-ins; it returns data and has no side effects.
    """
