"""A signal ends a training with a checkpoint, from which it goes on exactly."""

import os
import signal
import threading

import pytest
from support.runs import STEPS, config, same, weights, without_summary

from mmcore.runs.folder.files import RunFolder
from mmcore.runs.training.job import run
from mmcore.runs.training.resuming import resume
from mmcore.terminal.signals import ENDING, Interrupted, interruptible, postponed
from mmcore.training.step import TrainStep

SHELL = {"SIGINT": 130, "SIGTERM": 143, "SIGHUP": 129}


@pytest.fixture(autouse=True)
def hangup():
    """Restore the usual effect of SIGHUP, which is ignored where the tests run under nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


def raised_in_step(number, received, monkeypatch):
    """Let the process receive a signal in the middle of a step."""
    forward = TrainStep.forward

    def forward_and_raise(self, *arguments):
        if arguments[5] == number:
            signal.raise_signal(received)
        return forward(self, *arguments)

    monkeypatch.setattr(TrainStep, "forward", forward_and_raise)


@pytest.mark.parametrize(("received", "step"), [*zip(ENDING, [0, 4, STEPS - 1], strict=True)])
def test_a_training_ends_at_the_next_step_and_goes_on_exactly(
    unbroken, tmp_path, vectors, monkeypatch, received, step
):
    folder = tmp_path / "my run"
    with monkeypatch.context() as patch:
        raised_in_step(step, received, patch)
        with pytest.raises(Interrupted) as end, interruptible():
            run(config(checkpoint_every=100), RunFolder(folder), catalogue=vectors)
    assert end.value.exit_code == SHELL[received.name]
    assert received.name in str(end.value)
    assert str(end.value).splitlines()[-1] == f"mmcore train --resume '{folder}'"
    assert [path.name for path in (folder / "checkpoints").iterdir()] == [f"step-{step + 1:08d}"]
    resume(folder, catalogue=vectors)
    assert same(weights(unbroken), weights(folder))


def test_outside_a_training_a_signal_raises_at_once():
    reached = []

    def command():
        with interruptible():
            signal.raise_signal(signal.SIGTERM)
            reached.append("later")

    with pytest.raises(Interrupted, match="ended by SIGTERM"):
        command()
    assert not reached


@pytest.mark.parametrize(
    ("second", "after", "ends"),
    [
        (signal.SIGTERM, 0.1, False),
        (signal.SIGTERM, 60.0, True),
        (signal.SIGINT, 0.1, True),
    ],
)
def test_a_second_signal_ends_the_process_unless_it_is_the_same_request(
    monkeypatch, second, after, ends
):
    times, effects = iter([100.0, 100.0 + after, 100.0 + after]), []
    monkeypatch.setattr("mmcore.terminal.signals.monotonic", lambda: next(times))

    def ending(number):
        effects.append((number, signal.getsignal(number)))

    def command():
        with interruptible(), postponed() as number:
            signal.raise_signal(signal.SIGTERM)
            assert number() == signal.SIGTERM
            with monkeypatch.context() as patch:
                patch.setattr("mmcore.terminal.signals.signal.raise_signal", ending)
                os.kill(os.getpid(), second)

    with pytest.raises(Interrupted):
        command()
    assert effects == [(second, signal.SIG_DFL)] * ends


def test_an_ignored_signal_stays_ignored_and_handlers_are_restored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup does
    try:
        with interruptible():
            signal.raise_signal(signal.SIGHUP)
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)
    for number in ENDING:
        earlier = signal.getsignal(number)
        with interruptible():
            assert signal.getsignal(number) is not earlier
        assert signal.getsignal(number) is earlier


def test_an_error_that_replaces_the_signal_does_not_hide_it():
    def command():
        with interruptible():
            try:
                signal.raise_signal(signal.SIGTERM)
            except Interrupted:
                raise ImportError("as extensions do") from None

    with pytest.raises(Interrupted):
        command()


def test_a_training_in_another_thread_leaves_signals_alone(tmp_path, vectors):
    arguments = (config(), RunFolder(tmp_path / "run"))
    thread = threading.Thread(target=run, args=arguments, kwargs={"catalogue": vectors})
    with without_summary():
        thread.start()
        thread.join()
    assert (tmp_path / "run" / "summary.json").is_file()
