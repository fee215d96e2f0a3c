import json
import os
import subprocess
import sys

import pytest
from support.imports import check_imports
from typer.testing import CliRunner

from mmcore.cli.app import app
from mmcore.errors import MmcoreError
from mmcore.plugins import KINDS

GOOD = """
from mmcore.plugins import ComponentSpec, hookimpl
@hookimpl
def mmcore_components():
    return [ComponentSpec(kind="aggregator", name="same", factory="{package}.parts:Part")]
"""


NO_SCHEMA = """
import pydantic
class Part: pass
class Settings(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(arbitrary_types_allowed=True)
    part: Part = Part()
"""


def mmcore(*arguments):
    result = CliRunner().invoke(app, [*map(str, arguments)], env={"COLUMNS": "300"})
    if result.exception and not isinstance(result.exception, SystemExit | MmcoreError):
        raise result.exception
    return result


def documents(*arguments):
    return json.loads(mmcore(*arguments, "--json").stdout)


@pytest.fixture
def wreckage(site):
    """One plug-in of each kind of trouble, two for the clash."""
    site("fake-fine-1", GOOD.format(package="fake_fine_1"), parts="class Part: pass")
    site("fake-fine-2", GOOD.format(package="fake_fine_2"), parts="class Part: pass")
    site("fake-broken", "raise RuntimeError('boom')")
    site("fake-late", GOOD.format(package="fake_late").replace("same", "late"))
    site("fake-old", "", requires="mmcore<0.0.1")
    site("fake-off", "raise RuntimeError('bang')")


STATUSES = {
    "fake-broken": "broken",
    "fake-fine-1": "clash",
    "fake-fine-2": "clash",
    "fake-late": "broken",
    "fake-off": "disabled",
    "fake-old": "incompatible",
    "mmcore": "ok",
}


def test_doctor_works_with_everything_broken(wreckage, monkeypatch):
    monkeypatch.setenv("MMCORE_PLUGINS_DENY", "fake-off")
    monkeypatch.setenv("MMCORE_STRICT_PLUGINS", "1")
    result = mmcore("plugins", "doctor")
    assert result.exit_code == 1
    for name, status in STATUSES.items():
        assert any(
            line.startswith(f"{name} ") and f" {status} " in line
            for line in result.stdout.splitlines()
        ), (name, result.stdout)
    assert "RuntimeError: boom" in result.stdout
    actual = {d["distribution"]: d for d in documents("plugins", "doctor")}
    assert {name: actual[name]["status"] for name in STATUSES} == STATUSES
    assert all(actual[name]["remedy"] for name, status in STATUSES.items() if status != "ok")


def test_doctor_is_content_where_nothing_is_wrong(monkeypatch):
    monkeypatch.setenv("MMCORE_PLUGINS", "")
    result = mmcore("plugins", "doctor")
    assert result.exit_code == 0
    assert set(d["status"] for d in documents("plugins", "doctor")) == {"ok", "disabled"}


def test_what_a_plugin_prints_is_not_taken_for_the_answer(site):
    site(
        "fake-loud",
        "print('boo')" + GOOD.format(package="fake_loud"),
        parts="print('boo')\nPart = int",
    )
    for arguments in (["plugins", "list"], ["plugins", "doctor"], ["components", "list"]):
        assert documents(*arguments)


def test_list_shows_what_is_known_without_importing_components(wreckage):
    actual = {d["distribution"]: d for d in documents("plugins", "list")}
    assert actual["fake-late"]["status"] == "ok"
    assert actual["fake-broken"]["error"] == "RuntimeError: boom"
    assert "aggregator late" in mmcore("plugins", "list").stdout


def test_info_shows_the_error_in_full(wreckage):
    messages = mmcore("plugins", "info", "fake-late").stdout
    assert "fake_late.parts:Part" in messages
    assert "Traceback" in messages
    assert "ModuleNotFoundError: No module named 'fake_late.parts'" in messages
    assert documents("plugins", "info", "fake-late")[0]["module"] == "fake_late.plugin"
    assert "did you mean 'fake-late'" in str(mmcore("plugins", "info", "fake-lat").exception)


def test_components_lists_every_kind_and_schema_its_options():
    actual = documents("components", "list")
    assert {c["kind"] for c in actual} <= set(KINDS)
    assert {c["name"] for c in actual} >= {"mnist", "mopoe", "elbo", "mmjsd"}
    only = documents("components", "list", "--kind", "aggregator")
    assert {c["kind"] for c in only} == {"aggregator"}
    assert "mopoe" in mmcore("components", "list", "--kind", "method").stdout
    assert documents("components", "schema", "power")["properties"]["power"]["default"] == 0.0
    assert "p; -1 is the geometric mean" in mmcore("components", "schema", "power").stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["list", "--kind", "modalty"], "did you mean 'modality'"),
        (["schema", "mopoe"], "--kind aggregator or method"),
        (["schema", "mnits"], "did you mean 'mnist'"),
        (["schema", "mnist", "--kind", "method"], "unknown component 'mnist'"),
    ],
)
def test_bad_names_are_one_sentence(arguments, sentence):
    assert sentence in str(mmcore("components", *arguments).exception)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("fake-broken", "fake-broken 1.2, which failed to load: RuntimeError: boom"),
        ("fake-future-part", "was written for plug-in interface 9"),
        ("fake-off:same", "fake-off 1.2, which is disabled"),
        ("text", "which is disabled"),
    ],
)
def test_asking_for_the_schema_of_what_cannot_be_used_tells_the_stored_error(
    wreckage, site, name, sentence, monkeypatch
):
    monkeypatch.setenv("MMCORE_PLUGINS_DENY", "fake-off,mmcore-text")
    future = GOOD.format(package="fake_future").replace('same"', 'fake-future-part", api=9')
    site("fake-future", future)
    assert sentence in str(mmcore("components", "schema", name).exception)


def test_settings_without_a_schema_are_one_sentence(site):
    spec = 'parts:Part", settings="fake_odd.parts:Settings"'
    site("fake-odd", GOOD.format(package="fake_odd").replace('parts:Part"', spec), parts=NO_SCHEMA)
    actual = str(mmcore("components", "schema", "same").exception)
    assert "'same' of plug-in fake-odd 1.2" in actual
    assert len(actual.splitlines()) == 1


def test_a_clash_is_listed_and_chosen_by_its_distribution(wreckage):
    both = [c["distribution"] for c in documents("components", "list") if c["name"] == "same"]
    assert both == ["fake-fine-1", "fake-fine-2"]
    assert "write 'fake-fine-1:same'" in str(mmcore("components", "schema", "same").exception)
    assert mmcore("components", "schema", "fake-fine-1:same").exit_code == 0


def test_a_bug_report_names_versions_and_plugins(wreckage):
    assert mmcore("--version").stdout.splitlines() == ["mmcore 0.1.0"]
    messages = mmcore("--version", "--all").stdout
    for line in ("python 3", "torch 2", "plug-in mmcore-mnist 0.1.0 ok", "plug-in fake-broken 1.2"):
        assert line in messages
    assert "--all is an option of --version" in str(mmcore("--all").exception)


LIGHT = [
    ["--version", "--all"],
    ["plugins", "list", "--json"],
    ["plugins", "info", "nowhere"],
    ["plugins", "new", "Bad Name"],
    ["components", "list"],
    ["components", "schema", "mnist"],
    ["components", "schema", "mmjsd", "--json"],
]


def test_what_needs_no_torch_imports_none(tmp_path):
    check_imports(LIGHT, ["torch"], tmp_path)


HEAVY = ["torch", "pandas", "scipy", "sklearn", "matplotlib", "transformers", "lightning"]

AT_ONCE = [
    ["--help"],
    ["plugins", "list"],
    ["train", "--modalities", "mnist", "--set", "mnist.x=3"],
]


def test_an_answer_at_once_imports_no_large_library(tmp_path):
    # The time itself is in the group "startup" of the benchmarks: a test must not depend on the machine.
    check_imports(AT_ONCE, HEAVY, tmp_path)


def test_completion_imports_no_torch(tmp_path):
    (tmp_path / "torch.py").write_text("raise ImportError('torch was imported')")
    environment = {
        **os.environ,
        "PYTHONPATH": str(tmp_path),
        "_MMCORE_COMPLETE": "complete_bash",
        "COMP_WORDS": "mmcore plu",
        "COMP_CWORD": "1",
    }
    code = "import sys; sys.argv = ['mmcore']; from mmcore.cli.main import run; run()"
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True
    )
    assert done.stdout.split() == ["plugins"], done.stderr
