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


@pytest.fixture(scope="module")
def elsewhere():
    """What of the environment is not as recorded."""
    return recorder.differences(GOLDEN["environment"], recorder.environment(), exact=True)


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


def compare(recorded, found, elsewhere):
    lines = recorder.differences(recorded, found, exact=not elsewhere)
    assert not lines, "\n".join(lines)


def test_every_case_is_recorded():
    assert list(GOLDEN["cases"]) == list(recorder.CASES)


def test_hashes_are_compared(elsewhere):
    if elsewhere:
        pytest.skip(f"numbers are compared to a tolerance, hashes are not: {'; '.join(elsewhere)}")


@pytest.mark.parametrize("name", FAST)
def test_training(name, run, elsewhere):
    compare({"train": GOLDEN["cases"][name]["train"]}, run(name, steps=1), elsewhere)


@pytest.mark.slow
@pytest.mark.parametrize("name", recorder.CASES)
def test_case(name, run, elsewhere):
    compare(GOLDEN["cases"][name], run(name), elsewhere)
