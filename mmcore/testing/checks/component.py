"""Checks of any registered component: what its plug-in may do when it is imported, and its options."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from typing import Any, Protocol

from mmcore.errors import MmcoreError
from mmcore.testing.check import Check, NotApplicable, require
from mmcore.testing.component import Component
from mmcore.testing.kit import Kit

__all__ = ["COMPONENT_CHECKS", "Registered", "kit_of_any"]


class Registered(Protocol):
    """A case that may be that of a registered component."""

    @property
    def component(self) -> Component | None:
        """The component, if it is one."""


def light_import(case: Registered) -> None:
    """The plug-in's own module and the settings are imported without torch or a plotting library."""
    component = _component(case)
    if not component.light_modules():
        raise NotApplicable("it has no settings and is not offered by an installed distribution")
    loaded = _imported(component)["loaded"]
    require(not loaded, f"{', '.join(component.light_modules())} import {', '.join(loaded)}")


def quiet_import(case: Registered) -> None:
    """Importing the plug-in changes nothing but the modules: no seed, type, file, path or output."""
    component = _component(case)
    changed = _imported(component)["changed"]
    require(not changed, f"importing {component.record.distribution} changes {', '.join(changed)}")


def settings_as_json(case: Registered) -> None:
    """Its settings come back from JSON as they were, so that a run's configuration can be repeated."""
    component = _component(case)
    settings = component.settings
    text = settings.model_dump_json()
    require(
        type(settings).model_validate_json(text) == settings, f"{text} is read as other settings"
    )


def settings_refuse(case: Registered) -> None:
    """An option that it does not have is refused."""
    component = _component(case)
    try:
        component.catalogue.settings(
            component.kind, component.name, {**component.options, "no_such_option": 1}
        )
    except MmcoreError:
        return
    require(False, 'the option no_such_option is taken; give the settings extra="forbid"')


COMPONENT_CHECKS = tuple(
    map(Check.of, (light_import, quiet_import, settings_as_json, settings_refuse))
)


def kit_of_any(kind: str) -> Kit:
    """Return the checks of a kind for which there are no others."""
    return Kit(kind, _Only, _Only, COMPONENT_CHECKS)


class _Only:
    def __init__(self, component: Component) -> None:
        self.component = component


def _component(case: Registered) -> Component:
    if case.component is None:
        raise NotApplicable("it is no registered component")
    return case.component


def _imported(component: Component) -> dict[str, list[str]]:
    return _report(tuple(component.light_modules()), tuple(component.heavy_modules()))


@cache
def _report(light: Sequence[str], heavy: Sequence[str]) -> dict[str, Any]:
    # A process of its own: in this one everything has long been imported. Once for each plug-in.
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-m", "mmcore.testing.importing", json.dumps([light, heavy])]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    require(done.returncode == 0, f"the import fails: {done.stderr.strip().splitlines()[-1:]}")
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer
