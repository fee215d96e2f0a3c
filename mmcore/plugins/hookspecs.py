"""The hooks that plug-ins implement, and the version of this contract."""

from collections.abc import Iterable

import pluggy

from mmcore.plugins.spec import ComponentSpec

__all__ = ["API_FLOOR", "API_VERSION", "hookimpl", "mmcore_components"]

API_VERSION = 1
"""Version of the plug-in interface; it grows when something is added."""

API_FLOOR = 1
"""Oldest version that still works; moving it is the one thing that breaks plug-ins."""

hookspec = pluggy.HookspecMarker("mmcore")
hookimpl = pluggy.HookimplMarker("mmcore")


@hookspec
def mmcore_components() -> Iterable[ComponentSpec]:  # type: ignore[empty-body]
    """Return the components of this plug-in.

    Called once for each process that uses plug-ins, so it returns data and does nothing else.
    """
