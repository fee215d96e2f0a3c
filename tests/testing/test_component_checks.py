"""The checks of any component are seen failing, of fake distributions in a temporary folder."""

import pytest

from mmcore.testing.checks.component import COMPONENT_CHECKS, general_kit
from mmcore.testing.component import Component
from mmcore.testing.running import run

LIGHT = """
from mmcore.plugins import ComponentSpec, hookimpl
@hookimpl
def mmcore_components():
    return [
        ComponentSpec(
            kind="aggregator", name=name, factory="{package}.part:part",
            settings=f"{package}.settings:{{name.capitalize()}}",
        )
        for name in ("fine", "takes", "loses")
    ]
"""
SETTINGS = """
from pydantic import BaseModel, ConfigDict, Field
class Fine(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    size: int = 1
class Takes(BaseModel):
    size: int = 1
class Loses(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    size: int = Field(1, exclude=True)
"""


def failed(catalogue, name, **options):
    component = Component("aggregator", name, catalogue, options)
    kit = general_kit("aggregator")
    report = run("any", name, kit.checks, lambda: kit.of_component(component))
    assert len(report.outcomes) == len(COMPONENT_CHECKS)
    return [outcome.check for outcome in report.having("failed")]


def test_what_a_component_says_of_itself(temporary_plugin):
    catalogue = temporary_plugin(
        "fake-quiet",
        LIGHT.format(package="fake_quiet"),
        part="def part(): pass",
        settings=SETTINGS,
    )
    assert failed(catalogue, "fine", size=2) == []
    assert failed(catalogue, "loses", size=2) == ["settings-as-json"]
    assert failed(catalogue, "takes", size=2) == ["settings-refuse"]


def test_a_plug_in_that_is_heavy_from_the_start(temporary_plugin):
    light = "import torch\n" + LIGHT.format(package="fake_heavy")
    catalogue = temporary_plugin("fake-heavy", light, part="def part(): pass", settings=SETTINGS)
    assert failed(catalogue, "fine") == ["light-import"]


def test_a_plug_in_that_does_things_when_it_is_imported(temporary_plugin):
    part = "import torch\ntorch.manual_seed(1)\ndef part(): pass"
    catalogue = temporary_plugin(
        "fake-loud", LIGHT.format(package="fake_loud"), part=part, settings=SETTINGS
    )
    assert failed(catalogue, "fine") == ["quiet-import"]


NOISY = {
    "output": "print('boo')",
    "the environment": "import os; os.environ['FAKE'] = '1'",
    "a seed": "import random; random.seed(1)",
}


@pytest.mark.parametrize("what", NOISY)
def test_a_plug_in_whose_light_module_does_things(what, temporary_plugin):
    light = NOISY[what] + "\n" + LIGHT.format(package="fake_noisy")
    catalogue = temporary_plugin("fake-noisy", light, part="def part(): pass", settings=SETTINGS)
    assert failed(catalogue, "fine") == ["quiet-import"]
