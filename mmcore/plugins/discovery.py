"""Loading of installed plug-ins, each isolated from the failures of the others."""

import os
import re
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from types import ModuleType
from typing import Literal

import pluggy

from mmcore import __version__
from mmcore.plugins import hookspecs
from mmcore.plugins.candidates import GROUP, Candidate, installed, normalized
from mmcore.plugins.hookspecs import API_FLOOR, API_VERSION
from mmcore.plugins.spec import ComponentSpec
from mmcore.terminal.signals import Interrupted

__all__ = [
    "CORE",
    "IncompatiblePlugin",
    "PluginRecord",
    "Status",
    "check_interface",
    "check_requirements",
    "discover",
    "record_of",
]


# Only requirements with versions of the core: "mmcore>=0.4", not "mmcore" nor "mmcore-text".
_VERSIONS_OF_CORE = re.compile(r"mmcore\s*[<>=!~(]")


class IncompatiblePlugin(Exception):
    """A plug-in was written for another mmcore."""


def check_requirements(candidate: Candidate) -> None:
    """Check the versions of mmcore that a plug-in requires, before any of its code is imported.

    Installers check them too, but not when the core is upgraded later.

    Raises:
        IncompatiblePlugin: this version is not among them.
    """
    for text in filter(_VERSIONS_OF_CORE.match, candidate.requires):
        from packaging.requirements import Requirement

        wanted = Requirement(text).specifier
        if not wanted.contains(__version__, prereleases=True):
            raise IncompatiblePlugin(
                f"it requires mmcore {wanted}, the installed version is {__version__}"
            )


def check_interface(components: Iterable[ComponentSpec]) -> None:
    """Check the version of the plug-in interface that components were written for.

    Raises:
        IncompatiblePlugin: the version is not supported.
    """
    for spec in components:
        if not API_FLOOR <= spec.api <= API_VERSION:
            raise IncompatiblePlugin(
                f"{spec.kind} '{spec.name}' was written for plug-in interface {spec.api},"
                f" this mmcore supports {API_FLOOR} to {API_VERSION}"
            )


Status = Literal["ok", "disabled", "incompatible", "broken"]

CORE = "mmcore"


@dataclass(frozen=True, slots=True)
class PluginRecord:
    """A plug-in and the result of loading it.

    Arguments:
        name: name of its entry point.
        distribution: name of the installed distribution.
        version: version of the distribution.
        status: whether it can be used.
        components: its components, where it could be loaded.
        error: the exception, where it could not.
        module: its light module.
    """

    name: str
    distribution: str
    version: str
    status: Status
    components: tuple[ComponentSpec, ...] = ()
    error: BaseException | None = None
    module: str = ""


def discover(environment: Mapping[str, str] | None = None) -> list[PluginRecord]:
    """Return a record for every installed plug-in.

    Arguments:
        environment: where ``MMCORE_PLUGINS`` (comma-separated names of distributions or entry points
            to allow; empty = core only), ``MMCORE_PLUGINS_DENY`` (to deny) and
            ``MMCORE_STRICT_PLUGINS`` (1 = raise the exceptions of plug-ins) are read from; that of the
            process if left out. Both lists apply before any code of a plug-in is imported.
    """
    return [record_of(candidate, environment) for candidate in installed()]


def record_of(candidate: Candidate, environment: Mapping[str, str] | None = None) -> PluginRecord:
    """Return the record of one plug-in in an environment."""
    environment = os.environ if environment is None else environment
    status: Status = "ok"
    components: tuple[ComponentSpec, ...] = ()
    failure: BaseException | None = None
    if not _allowed(candidate, environment):
        status = "disabled"
    else:
        try:
            check_requirements(candidate)
            components = _loaded_components(candidate)
            check_interface(components)
            _check_components(components, candidate.module)
        except IncompatiblePlugin as error:
            status, failure = "incompatible", error
        except (KeyboardInterrupt, Interrupted):
            raise
        except BaseException as error:  # also an exit or a panic of a library
            status, failure = "broken", error
    if failure is not None and environment.get("MMCORE_STRICT_PLUGINS") == "1":
        raise failure
    return PluginRecord(
        candidate.name,
        candidate.distribution,
        candidate.version,
        status,
        components,
        failure,
        candidate.module,
    )


def _allowed(candidate: Candidate, environment: Mapping[str, str]) -> bool:
    if candidate.distribution == CORE:
        return True
    allow = environment.get("MMCORE_PLUGINS")
    if allow is not None and not candidate.names & _split(allow):
        return False
    return not candidate.names & _split(environment.get("MMCORE_PLUGINS_DENY", ""))


def _loaded_components(candidate: Candidate) -> tuple[ComponentSpec, ...]:
    # The output of a plug-in must not mix with the output of a command.
    with redirect_stdout(sys.stderr):
        return tuple(_components(_light_module(candidate)))


def _light_module(candidate: Candidate) -> ModuleType:
    if candidate.error is not None:
        raise candidate.error
    module: ModuleType = EntryPoint(candidate.name, candidate.module, GROUP).load()
    return module


def _components(module: ModuleType) -> Iterable[ComponentSpec]:
    # One manager for each plug-in, so that an exception in one hook does not hide other results.
    manager = pluggy.PluginManager("mmcore")
    manager.add_hookspecs(hookspecs)
    manager.register(module)
    manager.check_pending()
    results = manager.hook.mmcore_components()
    if not results:
        raise TypeError(
            f"'{module.__name__}' must define a function mmcore_components that is marked with @hookimpl"
            " and returns a list"
        )
    for components in results:
        yield from (ComponentSpec.model_validate(spec) for spec in components)


def _check_components(components: Iterable[ComponentSpec], light_module: str) -> None:
    package = _top_level(light_module)
    for spec in components:
        for place in spec.targets:
            if _top_level(place) != package:
                raise ValueError(
                    f"{spec.kind} '{spec.name}' names '{place}', which is outside of its package '{package}'"
                )
    for (kind, name), count in Counter((spec.kind, spec.name) for spec in components).items():
        if count > 1:
            raise ValueError(f"it offers {kind} '{name}' {count} times")


def _top_level(place: str) -> str:
    return place.partition(":")[0].partition(".")[0]


def _split(names: str) -> set[str]:
    return {normalized(name.strip()) for name in names.split(",") if name.strip()}
