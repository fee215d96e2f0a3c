"""The tests of each bundled plug-in, of new packages and of an example pass against built wheels."""

import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BUNDLED = sorted(path.parent for path in ROOT.glob("plugins/*/tests"))
KINDS = ("modality", "aggregator", "objective", "method")


@pytest.mark.slow
def test_every_bundled_plugin_passes_its_own_tests(environment, tmp_path):
    assert BUNDLED
    for plugin in BUNDLED:
        # A copy, so that nothing but what is installed can be imported.
        tests = shutil.copytree(plugin / "tests", tmp_path / plugin.name / "tests")
        options = ["-m", "not slow", "-o", "markers=slow", "--import-mode=importlib"]
        environment.run("python", "-m", "pytest", *options, tests, cwd=tests.parent)


@pytest.mark.slow
def test_every_scaffold_passes_its_own_tests_on_the_first_day(environment, tmp_path):
    for kind in KINDS:
        package = tmp_path / f"mmcore-first-{kind}"
        environment.run("mmcore", "plugins", "new", f"first-{kind}", "--kind", kind, cwd=tmp_path)
        environment.install("--editable", package, cwd=tmp_path)
        environment.run("python", "-m", "pytest", "-W", "error", package, cwd=package)


@pytest.mark.slow
def test_the_example_with_a_set_encoder_passes_its_own_tests(environment, tmp_path):
    package = shutil.copytree(
        ROOT / "examples" / "mmcore-set-encoder", tmp_path / "mmcore-set-encoder"
    )
    environment.install(package, "pytest", cwd=tmp_path)
    environment.run("mmcore", "plugins", "check", "mmcore-set-encoder", cwd=tmp_path)
    environment.run("python", "-m", "pytest", cwd=package)
