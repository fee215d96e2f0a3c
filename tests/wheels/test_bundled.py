"""The own tests of each bundled plug-in pass against built wheels."""

import shutil
from pathlib import Path

import pytest

BUNDLED = sorted(path.parent for path in (Path(__file__).parents[2]).glob("plugins/*/tests"))


@pytest.mark.slow
def test_every_bundled_plugin_passes_its_own_tests(environment, tmp_path):
    assert BUNDLED
    for plugin in BUNDLED:
        # A copy, so that nothing but what is installed can be imported.
        tests = shutil.copytree(plugin / "tests", tmp_path / plugin.name / "tests")
        options = ["-m", "not slow", "-o", "markers=slow", "--import-mode=importlib"]
        environment.run("python", "-m", "pytest", *options, tests, cwd=tests.parent)
