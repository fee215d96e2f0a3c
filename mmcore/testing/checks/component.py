"""Checks of any registered component: what importing its plug-in does, and its options."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures.process import BrokenProcessPool
from functools import cache
from typing import Any, Protocol

from mmcore.errors import MmcoreError
from mmcore.plugins import PluginRecord
from mmcore.testing.check import Check, NonConformance, NotApplicable, require
from mmcore.testing.component import Component, heavy_modules, light_modules
from mmcore.testing.importing import changed_by, changed_in_fork, named_libraries
from mmcore.testing.kit import Kit

__all__ = ["COMPONENT_CHECKS", "Registered", "general_kit", "import_changes"]


class Registered(Protocol):
    """A case that may be that of a registered component."""

    @property
    def component(self) -> Component | None:
        """The component, if it is registered."""


def light_import(case: Registered) -> None:
    """The plug-in's own module and the settings are imported without torch or a plotting library."""
    modules = light_modules(_component(case).record)
    if not modules:
        raise NotApplicable("it has no settings and is not offered by an installed distribution")
    loaded = _in_fresh_process(modules)["loaded"]
    require(not loaded, f"{', '.join(modules)} import {', '.join(loaded)}")


def quiet_import(case: Registered) -> None:
    """Importing the plug-in changes nothing but the modules: no seed, type, file, path or output."""
    record = _component(case).record
    changed = import_changes(record)
    require(not changed, f"importing {record.distribution} changes {', '.join(changed)}")


def settings_as_json(case: Registered) -> None:
    """Its settings are unchanged by way of JSON, so that a run's configuration can be repeated."""
    settings = _component(case).settings
    text = settings.model_dump_json()
    same = type(settings).model_validate_json(text) == settings
    require(same, f"{text} is read as other settings")


def settings_refuse(case: Registered) -> None:
    """An option that it does not have is refused."""
    component = _component(case)
    options = {**component.options, "no_such_option": 1}
    try:
        component.catalogue.settings(component.kind, component.name, options)
    except MmcoreError:
        return
    require(False, 'the option no_such_option is accepted; give the settings extra="forbid"')


COMPONENT_CHECKS = tuple(
    map(Check.of, (light_import, quiet_import, settings_as_json, settings_refuse))
)


def import_changes(record: PluginRecord) -> list[str]:
    """Return what importing all modules of a plug-in changes.

    It takes a fraction of the time if none of its heavy modules has been imported before.
    """
    light, heavy = light_modules(record), heavy_modules(record)
    changed: list[str] = _in_fresh_process(light)["changed"]
    return changed or _changed_by_use(light, heavy)


def general_kit(kind: str) -> Kit:
    """Return the checks of a kind that has none of its own."""
    return Kit(kind, _Only, _Only, COMPONENT_CHECKS)


class _Only:
    def __init__(self, component: Component) -> None:
        self.component = component


def _component(case: Registered) -> Component:
    if case.component is None:
        raise NotApplicable("it is not a registered component")
    return case.component


@cache
def _changed_by_use(light: Sequence[str], heavy: Sequence[str]) -> list[str]:
    # Another process takes longer than all other checks together.
    if not any(name in sys.modules for name in heavy):
        changed = changed_by(heavy, named_libraries(heavy))
        if not changed:
            return []
    # A library that is imported indirectly may have caused the change: all come first there.
    try:
        return changed_in_fork(light, heavy)
    except (ImportError, BrokenProcessPool) as error:
        raise NonConformance(f"the import fails: {error}") from error


@cache
def _in_fresh_process(light: Sequence[str]) -> dict[str, Any]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-m", "mmcore.testing.importing", json.dumps(light)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    require(done.returncode == 0, f"the import fails: {done.stderr.strip().splitlines()[-1:]}")
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer
