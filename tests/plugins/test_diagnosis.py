"""Every way in which a plug-in can fail is told with its remedy, and hides no other plug-in."""

import pytest

from mmcore.plugins import Catalogue, diagnose, examine

LIGHT = """
from mmcore.plugins import ComponentSpec, hookimpl
@hookimpl
def mmcore_components():
    return [ComponentSpec(kind="aggregator", name="{name}", {rest})]
"""
FACTORY = "factory='{package}.parts:Part'"
SETTINGS = FACTORY + ", settings='{package}.parts:Settings'"
NO_SCHEMA = """
import pydantic
class Part: pass
class Settings(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(arbitrary_types_allowed=True)
    part: Part
"""


def light(package, name="same", rest=FACTORY):
    return LIGHT.format(name=name, rest=rest.format(package=package))


def health(distribution, environment=None):
    actual = [examine(d) for d in diagnose(Catalogue.discover(environment).records)]
    assert [d.status for d in actual if d.record.distribution == "mmcore"] == ["ok"]
    return next(d for d in actual if d.record.distribution == distribution)


def test_a_good_plugin_is_ok(site):
    site("fake-fine", light("fake_fine"), parts="class Part: pass")
    assert health("fake-fine").status == "ok"
    assert not health("fake-fine").has_problem


def test_a_disabled_plugin_is_no_trouble(site):
    site("fake-off", "raise RuntimeError('boom')")
    actual = health("fake-off", {"MMCORE_PLUGINS_DENY": "fake-off"})
    assert (actual.status, actual.has_problem) == ("disabled", False)
    assert "MMCORE_PLUGINS_DENY" in actual.error


BROKEN = {
    "at import": ("raise RuntimeError('boom\\nbang')", "", "RuntimeError: boom bang"),
    "a missing factory": (light("fake_bad"), "", "no attribute 'Part'"),
    "settings without schema": (light("fake_bad", rest=SETTINGS), NO_SCHEMA, "JsonSchema"),
    "settings that are no model": (
        light("fake_bad", rest=SETTINGS),
        "class Part: pass\nclass Settings: pass",
        "not a pydantic model",
    ),
}


@pytest.mark.parametrize("how", BROKEN)
def test_a_broken_plugin_is_told_in_one_line_with_its_remedy(site, how):
    code, parts, messages = BROKEN[how]
    site("fake-bad", code, parts=parts)
    actual = health("fake-bad")
    assert (actual.status, actual.has_problem) == ("broken", True)
    assert messages in actual.error
    assert len(actual.error.splitlines()) == 1
    assert "MMCORE_PLUGINS_DENY=fake-bad" in actual.remedy
    assert actual.cause is not None


def test_an_incompatible_plugin_is_told(site):
    site("fake-old", "", requires="mmcore==0.0.0")
    assert health("fake-old").status == "incompatible"
    assert "install a version of fake-old" in health("fake-old").remedy


def test_a_clash_names_both_sides(site):
    site("fake-one", light("fake_one"), parts="class Part: pass")
    site("fake-two", light("fake_two"), parts="class Part: pass")
    for one, other in (("fake-one", "fake-two"), ("fake-two", "fake-one")):
        actual = health(one)
        assert actual.status == "clash"
        assert f"'same' is also offered by {other}" in actual.error
        assert f"'{one}:same'" in actual.remedy
