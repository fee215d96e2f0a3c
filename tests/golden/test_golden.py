"""The same seed gives the same weights, probes, tables and answers as were recorded.

In the environment of the recording, bit for bit. Elsewhere numbers are compared to a tolerance, and
hashes are not compared; `test_hashes_are_compared` is skipped then and says what differs.

`mnist,text` with `mmjsd` and the study of breast cancer are trained in the default suite; all cases
with all commands are `slow`. A recording is made by `record.py`.
"""

import importlib.util
import json
from pathlib import Path

import pytest

HERE = Path(__file__).parent
FAST = ("mmjsd",)


def load_recorder():
    spec = importlib.util.spec_from_file_location("golden_record", HERE / "record.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


recorder = load_recorder()
GOLDEN = json.loads((HERE / "numbers.json").read_text(encoding="utf-8"))


def elsewhere(name):
    """Return what of the environment is not as when the case was recorded."""
    recorded = GOLDEN["cases"][name][recorder.ENVIRONMENT]
    return recorder.differences(recorded, recorder.environment(), exact=True)


@pytest.fixture
def run(tmp_path):
    """Return a function that runs a case and returns what it gave."""

    def run(name, steps=None):
        if why := GOLDEN["cases"][name].get("absent") or recorder.absent(name):
            pytest.skip(why)
        folder = tmp_path / "case"
        folder.mkdir()
        return recorder.run_case(name, folder, tmp_path / "cache", steps=steps)

    return run


def compare(name, answers):
    steps = {step: GOLDEN["cases"][name][step] for step in answers}
    lines = recorder.differences(steps, answers, exact=not elsewhere(name))
    assert not lines, "\n".join(lines)


def test_every_case_is_recorded():
    assert list(GOLDEN["cases"]) == list(recorder.CASES)


@pytest.mark.parametrize("name", FAST)
def test_hashes_are_compared(name):
    if differences := elsewhere(name):
        pytest.skip(
            f"numbers are compared to a tolerance, hashes are not: {'; '.join(differences)}"
        )


@pytest.mark.parametrize("name", FAST)
def test_training(name, run):
    compare(name, run(name, steps=1))


@pytest.mark.slow
@pytest.mark.parametrize("name", recorder.CASES)
def test_case(name, run):
    answers = run(name)
    assert answers.keys() == GOLDEN["cases"][name].keys() - {recorder.ENVIRONMENT}
    compare(name, answers)
