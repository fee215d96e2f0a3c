"""A run that is killed at any moment goes on, and ends with the weights of one that never was."""

import os
import random
import signal
import sys
import time

import pytest
from support.processes import Child
from support.runs import STEPS, config, same, weights, without_summary

from mmcore.runs.folder.files import RunFolder
from mmcore.runs.training.job import run
from mmcore.runs.training.resuming import resume
from mmcore.training.step import TrainStep

KILLED = 9
EVENTS = ("open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.scandir", "shutil.rmtree")


def goes_on(folder, vectors, steps=STEPS, kill_at=None, at_step=6):
    """Start the run in a folder, or continue it; the process exits before one operation of a save."""
    if kill_at is not None:
        sys.addaudithook(Countdown(folder, kill_at, at_step))
    with without_summary():
        if (folder / "config.yaml").is_file():
            resume(folder, catalogue=vectors)
        else:
            run(config(steps=steps), RunFolder(folder), catalogue=vectors)


class Countdown:
    """Exits before an operation on the checkpoints; the first is the start of the save of a step."""

    def __init__(self, folder, operations, step):
        self.operations, self.begun = operations, False
        self.place, self.step = str(folder / "checkpoints"), f"step-{step:08d}"

    def __call__(self, event, arguments):
        if event in EVENTS and str(arguments[0]).startswith(self.place):
            self.begun = self.begun or self.step in str(arguments[0])
            if self.begun and self.operations == 0:
                os._exit(KILLED)
            self.operations -= self.begun


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("kills")


@pytest.fixture
def whole(place, vectors):
    """The weights of a run that nothing interrupts."""
    if not (place / "whole" / "summary.json").exists():
        child = Child.calling(goes_on, place / "whole", vectors, output=place / "output")
        assert child.wait() == 0, child.output.read_text()
    return weights(place / "whole")


def killed_inside_a_save(folder, vectors, operation):
    """Kill a run, and continue it to its end; return whether the operation existed."""
    output = folder.with_suffix(".txt")
    first = Child.calling(goes_on, folder, vectors, STEPS, operation, output=output).wait()
    assert first in (0, KILLED), output.read_text()
    if first == KILLED:
        assert not (folder / "summary.json").exists()
        assert Child.calling(goes_on, folder, vectors, output=output).wait() == 0, (
            output.read_text()
        )
    return first == KILLED


@pytest.mark.parametrize("operation", [0, 12])
def test_a_kill_inside_a_save_changes_no_weight(whole, place, vectors, operation):
    folder = place / f"save-{operation}"
    assert killed_inside_a_save(folder, vectors, operation)
    assert same(whole, weights(folder))


def is_killed_in_a_step(folder, vectors):
    forward = TrainStep.forward

    def forward_until_killed(self, *arguments):
        if arguments[5] == STEPS // 2:
            os.kill(os.getpid(), signal.SIGKILL)
        return forward(self, *arguments)

    TrainStep.forward = forward_until_killed
    goes_on(folder, vectors)


def test_a_kill_inside_a_step_changes_no_weight(whole, place, vectors):
    folder, output = place / "step", place / "step.txt"
    child = Child.calling(is_killed_in_a_step, folder, vectors, output=output)
    assert child.wait() == -signal.SIGKILL, output.read_text()
    assert not (folder / "summary.json").exists()
    assert Child.calling(goes_on, folder, vectors, output=output).wait() == 0, output.read_text()
    assert same(whole, weights(folder))


@pytest.mark.slow
def test_a_kill_at_each_operation_of_a_save_changes_no_weight(whole, place, vectors):
    operation = 0
    # Two saves: the operations of the next one, at step 7, follow.
    while operation < 80 and killed_inside_a_save(place / f"each-{operation}", vectors, operation):
        assert same(whole, weights(place / f"each-{operation}")), operation
        operation += 1
    assert operation == 80


@pytest.mark.slow
def test_forty_kills_at_random_moments_change_no_weight(place, vectors):
    steps, kills, chance = 60, 0, random.Random(0)
    Child.calling(goes_on, place / "long", vectors, steps, output=place / "long.txt").wait()
    while kills < 40:
        folder = place / f"random-{kills}"
        while not (folder / "summary.json").exists():
            child = Child.calling(goes_on, folder, vectors, steps, output=place / "random.txt")
            time.sleep(chance.expovariate(1.0))  # some long enough for a loaded machine
            if child.is_running():
                child.send(signal.SIGKILL)
            code = child.wait()
            assert code in (0, -signal.SIGKILL), child.output.read_text()
            kills += code != 0
        assert same(weights(place / "long"), weights(folder)), kills
