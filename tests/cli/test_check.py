import json
import sys

import pytest
from typer.testing import CliRunner

from mmcore.cli.app import app
from mmcore.errors import MmcoreError

LIGHT = """
from mmcore.plugins import ComponentSpec, hookimpl
@hookimpl
def mmcore_components():
    return [ComponentSpec(kind="aggregator", name="first", factory="{package}.parts:First")]
"""
GOOD = """
from mmcore.aggregators.factories import product as First
"""
# Wrong on purpose: the first expert alone, whether it is there or not.
WRONG = """
from mmcore import Aggregator, Gaussian
class First(Aggregator):
    is_gaussian = True
    def __init__(self, settings, context):
        super().__init__()
    def forward(self, experts):
        return Gaussian(experts.gaussians.loc[0], experts.gaussians.logvar[0])
"""


def mmcore(*arguments):
    result = CliRunner().invoke(app, ["plugins", "check", *map(str, arguments)])
    if result.exception and not isinstance(result.exception, SystemExit | MmcoreError):
        raise result.exception
    return result


@pytest.fixture
def folder(tmp_path):
    """Return a function that writes a package into a folder without installing it."""

    def write(parts, name="fake-folder", points='first = "fake_folder.plugin"'):
        package = tmp_path / name / "fake_folder"
        package.mkdir(parents=True)
        (package / "__init__.py").write_text("")
        (package / "plugin.py").write_text(LIGHT.format(package="fake_folder"))
        (package / "parts.py").write_text(parts)
        (package.parent / "pyproject.toml").write_text(
            f'[project]\nname = "{name}"\nversion = "3"\n[project.entry-points.mmcore]\n{points}\n'
        )
        return package.parent

    yield write
    for name in [name for name in sys.modules if name.partition(".")[0] == "fake_folder"]:
        del sys.modules[name]


def test_a_good_plugin_passes_before_it_is_installed(folder):
    result = mmcore(folder(GOOD))
    assert result.exit_code == 0, result.output
    assert "aggregator fake-folder:first: ok" in result.stdout
    assert " 0 failed" in result.stdout


def test_a_plugin_that_breaks_a_promise_is_a_finding(folder):
    result = mmcore(folder(WRONG), "--json")
    assert result.exit_code == 1
    actual = json.loads(result.stdout)
    assert not actual["ok"]
    (report,) = actual["reports"]
    assert report["planned"] == len(report["outcomes"])
    assert "failed" in {outcome["status"] for outcome in report["outcomes"]}


@pytest.mark.parametrize("where", ["__init__", "forward"])
def test_a_component_that_ends_the_process_is_a_finding(folder, where):
    end = f"    def {where}(self, *given):\n        print('boo'); raise SystemExit(0)\n"
    result = mmcore(folder(WRONG + end), "--json")
    assert result.exit_code == 1
    (report,) = json.loads(result.stdout)["reports"]
    assert report["planned"] == len(report["outcomes"])
    assert "SystemExit: 0" in {outcome["message"] for outcome in report["outcomes"]}


def test_a_plugin_that_cannot_be_used_is_a_finding(site):
    site("fake-broken", "raise RuntimeError('boom')")
    site("fake-empty", LIGHT.format(package="x").split("return")[0] + "return []")
    for name, messages in (("fake-broken", "RuntimeError: boom"), ("fake-empty", "no component")):
        result = mmcore(name)
        assert result.exit_code == 1
        assert messages in result.stdout


def test_the_folder_goes_before_an_installed_version_of_itself(site, folder):
    site("fake-folder", LIGHT.format(package="fake_folder"), parts=GOOD, version="1")
    actual = json.loads(mmcore(folder(WRONG), "--json").stdout)
    assert [(p["distribution"], p["version"]) for p in actual["plugins"]] == [("fake-folder", "3")]
    assert not actual["ok"]


@pytest.mark.parametrize("case", ["no package", "no plug-in", "no toml", "unknown"])
def test_what_is_no_plugin_is_one_sentence(case, folder, tmp_path):
    place, messages = {
        "no package": (tmp_path / "nowhere", "neither an installed plug-in nor a folder"),
        "no plug-in": (folder(GOOD, points=""), "declares no plug-in"),
        "no toml": (folder(GOOD, name="other"), "does not describe a package"),
        "unknown": ("mmcore-mnits", "did you mean 'mmcore-mnist'"),
    }[case]
    if case == "no toml":
        (place / "pyproject.toml").write_text("[project")
    assert messages in str(mmcore(place).exception)
