"""The output of pytest in a process of its own."""

import subprocess
import sys

import pytest


@pytest.fixture
def pytest_run(tmp_path):
    """Return a function from the code of a test module to the finished process of pytest."""

    def run(code, *options):
        (tmp_path / "test_it.py").write_text(code)
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)

    return run


@pytest.mark.slow
def test_a_module_that_cannot_be_collected_is_reported_as_always(pytest_run):
    done = pytest_run("import a_module_that_is_not_there")
    assert done.returncode == pytest.ExitCode.INTERRUPTED
    assert "No module named 'a_module_that_is_not_there'" in done.stdout
    skipped = pytest_run("import pytest; pytest.skip('not here', allow_module_level=True)")
    assert skipped.returncode == pytest.ExitCode.NO_TESTS_COLLECTED
