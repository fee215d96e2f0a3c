"""From plug-ins that are there to records, one plug-in's failure apart from the others."""

import os
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from types import ModuleType
from typing import Literal

import pluggy

from mmcore.plugins import hookspecs
from mmcore.plugins.candidates import GROUP, Candidate, installed, normalised
from mmcore.plugins.compatibility import IncompatiblePlugin, check_interface, check_requirements
from mmcore.plugins.spec import ComponentSpec

__all__ = ["PluginRecord", "Status", "discover", "record_of"]

Status = Literal["ok", "disabled", "incompatible", "broken"]

CORE = "mmcore"


@dataclass(frozen=True, slots=True)
class PluginRecord:
    """What became of one plug-in.

    Arguments:
        name: name of its entry point.
        distribution: name of the installed distribution.
        version: version of the distribution.
        status: whether it can be used.
        components: what it offers, as far as that is known.
        error: what went wrong, if something did.
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
            to allow; empty = core only), ``MMCORE_PLUGINS_DENY`` (to refuse) and
            ``MMCORE_STRICT_PLUGINS`` (1 = raise what a plug-in raises) are read from; the process's
            own if left out. Allowing and refusing act before a plug-in's code is imported.
    """
    return [record_of(candidate, environment) for candidate in installed()]


def record_of(candidate: Candidate, environment: Mapping[str, str] | None = None) -> PluginRecord:
    """Return what becomes of one plug-in in an environment."""
    environment = os.environ if environment is None else environment
    status: Status = "ok"
    components: tuple[ComponentSpec, ...] = ()
    failure: BaseException | None = None
    if not _allowed(candidate, environment):
        status = "disabled"
    else:
        try:
            check_requirements(candidate)
            components = _offered(candidate)
            check_interface(components)
            _check_components(components, candidate.module)
        except IncompatiblePlugin as error:
            status, failure = "incompatible", error
        except KeyboardInterrupt:
            raise
        except (
            BaseException
        ) as error:  # an exit or a panic of a library is none of the others' fault
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


def _offered(candidate: Candidate) -> tuple[ComponentSpec, ...]:
    # What a plug-in prints is no part of a command's answer.
    with redirect_stdout(sys.stderr):
        return tuple(_components(_light_module(candidate)))


def _light_module(candidate: Candidate) -> ModuleType:
    if candidate.error is not None:
        raise candidate.error
    module: ModuleType = EntryPoint(candidate.name, candidate.module, GROUP).load()
    return module


def _components(module: ModuleType) -> Iterable[ComponentSpec]:
    # A manager of its own for each plug-in: an exception in one hook never hides another's result.
    manager = pluggy.PluginManager("mmcore")
    manager.add_hookspecs(hookspecs)
    manager.register(module)
    manager.check_pending()
    answers = manager.hook.mmcore_components()
    if not answers:
        raise TypeError(
            f"'{module.__name__}' needs a function mmcore_components that is marked with @hookimpl"
            " and returns a list"
        )
    for components in answers:
        yield from (ComponentSpec.model_validate(spec) for spec in components)


def _check_components(components: Iterable[ComponentSpec], light_module: str) -> None:
    package = _top_level(light_module)
    for spec in components:
        for place in spec.targets:
            if _top_level(place) != package:
                raise ValueError(
                    f"{spec.kind} '{spec.name}' names '{place}', outside of its package '{package}'"
                )
    for (kind, name), count in Counter((spec.kind, spec.name) for spec in components).items():
        if count > 1:
            raise ValueError(f"it offers {kind} '{name}' {count} times")


def _top_level(place: str) -> str:
    return place.partition(":")[0].partition(".")[0]


def _split(names: str) -> set[str]:
    return {normalised(name.strip()) for name in names.split(",") if name.strip()}
