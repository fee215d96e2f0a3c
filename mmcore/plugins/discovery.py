"""From installed distributions to records, one plug-in's failure apart from the others."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType
from typing import Literal

import pluggy

from mmcore.plugins import hookspecs
from mmcore.plugins.spec import ComponentSpec

__all__ = ["GROUP", "PluginRecord", "discover"]

GROUP = "mmcore"
"""The entry-point group of plug-ins."""

Status = Literal["ok", "disabled", "incompatible", "broken"]


@dataclass(frozen=True, slots=True)
class PluginRecord:
    """What became of one plug-in.

    Arguments:
        name: name of its entry point.
        distribution: name of the installed distribution.
        version: version of the distribution.
        status: whether it can be used.
        components: what it offers, if it can.
        error: what went wrong, if something did.
    """

    name: str
    distribution: str
    version: str
    status: Status
    components: tuple[ComponentSpec, ...] = ()
    error: Exception | None = None


def discover(environment: Mapping[str, str] | None = None) -> list[PluginRecord]:
    """Return a record for every installed plug-in.

    Arguments:
        environment: where ``MMCORE_PLUGINS`` (comma-separated names of distributions or entry points
            to allow; empty = core only), ``MMCORE_PLUGINS_DENY`` (to refuse) and
            ``MMCORE_STRICT_PLUGINS`` (1 = raise what a plug-in raises) are read from; the process's
            own if left out. Allowing and refusing act before a plug-in's code is imported.
    """
    environment = os.environ if environment is None else environment
    found = sorted(entry_points(group=GROUP), key=lambda ep: (_distribution(ep), ep.name))
    strict = environment.get("MMCORE_STRICT_PLUGINS") == "1"
    return [_record(entry_point, environment, strict) for entry_point in found]


def _record(entry_point: EntryPoint, environment: Mapping[str, str], strict: bool) -> PluginRecord:
    name, distribution = entry_point.name, _distribution(entry_point)
    version = entry_point.dist.version if entry_point.dist else "unknown"
    if not _allowed({name, distribution}, environment):
        return PluginRecord(name, distribution, version, "disabled")
    try:
        components = tuple(_components(entry_point.load()))
        _check_places(components, entry_point.value)
    except Exception as error:
        if strict:
            raise
        return PluginRecord(name, distribution, version, "broken", error=error)
    window = range(hookspecs.API_FLOOR, hookspecs.API_VERSION + 1)
    if any(spec.api not in window for spec in components):
        return PluginRecord(name, distribution, version, "incompatible", components)
    return PluginRecord(name, distribution, version, "ok", components)


def _allowed(names: set[str], environment: Mapping[str, str]) -> bool:
    if "mmcore" in names:
        return True
    allow = environment.get("MMCORE_PLUGINS")
    if allow is not None and not names & _split(allow):
        return False
    return not names & _split(environment.get("MMCORE_PLUGINS_DENY", ""))


def _components(module: ModuleType) -> Iterable[ComponentSpec]:
    # A manager of its own for each plug-in: an exception in one hook never hides another's result.
    manager = pluggy.PluginManager("mmcore")
    manager.add_hookspecs(hookspecs)
    manager.register(module)
    manager.check_pending()
    for components in manager.hook.mmcore_components():
        yield from (ComponentSpec.model_validate(spec) for spec in components)


def _check_places(components: Iterable[ComponentSpec], light_module: str) -> None:
    package = light_module.partition(":")[0].partition(".")[0]
    for spec in components:
        for place in spec.targets:
            if place.partition(":")[0].partition(".")[0] != package:
                raise ValueError(
                    f"{spec.kind} '{spec.name}' names '{place}', outside of its package '{package}'"
                )


def _distribution(entry_point: EntryPoint) -> str:
    return entry_point.dist.name if entry_point.dist else "unknown"


def _split(names: str) -> set[str]:
    return {name.strip() for name in names.split(",") if name.strip()}
