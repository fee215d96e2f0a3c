"""What pytest says at the end of a run, in a process of its own."""

import subprocess
import sys

import pytest

ONE_CHECK = """
from mmcore.testing import parametrize_checks

@parametrize_checks("aggregator", "product")
def test_conforms(check):
    check()
"""


@pytest.fixture
def told(tmp_path):
    """Return a function from the code of a test module to what pytest says of it."""

    def run(code, *options):
        (tmp_path / "test_it.py").write_text(code)
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)

    return run


def test_a_module_that_cannot_be_collected_is_told_as_ever(told):
    done = told("import a_module_that_is_not_there")
    assert done.returncode == pytest.ExitCode.INTERRUPTED
    assert "No module named 'a_module_that_is_not_there'" in done.stdout
    skipped = told("import pytest; pytest.skip('not here', allow_module_level=True)")
    assert skipped.returncode == pytest.ExitCode.NO_TESTS_COLLECTED


def test_checks_that_did_not_run_are_counted(told):
    done = told(ONE_CHECK, "-k", "saving")
    assert "aggregator product: 20 planned, 1 passed, 19 NOT RUN" in done.stdout
