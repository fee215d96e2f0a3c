"""A training in copies of its process computes what it computes alone, and ends in the same ways."""

import json
import multiprocessing
import os
import signal
from contextlib import contextmanager
from dataclasses import replace
from math import nan

import pytest
import torch
from support.runs import config, weights
from torch import nn

from mmcore.errors import MmcoreError
from mmcore.runs.folder.files import RunFolder
from mmcore.runs.training.job import run
from mmcore.runs.training.resuming import resume
from mmcore.runs.training.setup import TrainingSetup
from mmcore.terminal.signals import Interrupted, interruptible
from mmcore.training import computation
from mmcore.training.step import TrainStep

pytestmark = pytest.mark.usefixtures("unsummarized")
EVENT = 6


@pytest.fixture(autouse=True)
def copied(monkeypatch):
    """Allow copies in a worker of pytest-xdist, whose second thread only waits for its controller."""
    monkeypatch.setattr(computation, "can_fork", lambda: True)


@contextmanager
def at_step(monkeypatch, rank, event):
    """Call ``event()`` in the forward pass of one process in step `EVENT`."""
    terms = TrainStep.terms

    def terms_after_event(self, batch, number, *arguments):
        if (number, self._rank) == (EVENT, rank):
            event()
        return terms(self, batch, number, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(TrainStep, "terms", terms_after_event)
        yield


def train(folder, vectors, processes=2, **training):
    return run(config(**training), RunFolder(folder), catalogue=vectors, processes=processes)


def close(one, other):
    return one.keys() == other.keys() and all(
        torch.allclose(one[name], other[name], atol=1e-6) for name in one
    )


def is_alone():
    return not multiprocessing.active_children() and not torch.distributed.is_initialized()


def test_copies_train_as_one_process_does(unbroken, tmp_path, vectors):
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        train(tmp_path / "run", vectors, accumulate=2, checkpoint_every=100)
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)
    assert close(weights(unbroken), weights(tmp_path / "run"))
    record = json.loads((tmp_path / "run" / "run.json").read_text())
    assert (record["processes"], record["threads"]) == (2, 1)
    one, two = (
        (f / "metrics.jsonl").read_text().splitlines() for f in (unbroken, tmp_path / "run")
    )
    assert {json.loads(line)["step"] for line in two} <= {json.loads(line)["step"] for line in one}
    assert is_alone()


@pytest.mark.parametrize(("before", "after"), [pytest.param(1, 2, marks=pytest.mark.slow), (2, 1)])
def test_a_run_continues_with_another_number_of_processes(
    unbroken, tmp_path, vectors, monkeypatch, before, after
):
    folder = tmp_path / "run"
    with (
        at_step(monkeypatch, 0, lambda: signal.raise_signal(signal.SIGINT)),
        pytest.raises(Interrupted) as end,
        interruptible(),
    ):
        train(folder, vectors, before, checkpoint_every=100)
    assert end.value.exit_code == 130
    words = str(end.value).splitlines()[-1].split()
    assert ("--processes" in words) == (before == 2)
    # Processes exchange the signal during the next step.
    names = [path.name for path in (folder / "checkpoints").iterdir()]
    assert names == [f"step-{EVENT + before:08d}"]
    assert is_alone()
    resume(folder, catalogue=vectors, processes=after)
    assert close(weights(unbroken), weights(folder))


def is_killed():
    os.kill(os.getpid(), signal.SIGKILL)


def refuses():
    raise MmcoreError("the value -1 is not valid")


@pytest.mark.parametrize(
    ("event", "message"),
    [
        (is_killed, "SIGKILL"),
        pytest.param(refuses, "^the value -1 is not valid$", marks=pytest.mark.slow),
    ],
)
def test_a_process_that_fails_ends_the_training_with_a_sentence(
    tmp_path, vectors, monkeypatch, event, message
):
    folder = tmp_path / "run"
    with at_step(monkeypatch, 1, event), pytest.raises(MmcoreError, match=message):
        train(folder, vectors, checkpoint_every=EVENT)
    assert is_alone()
    assert not (folder / ".owner.json").exists()
    assert [path.name for path in (folder / "checkpoints").iterdir()] == [f"step-{EVENT:08d}"]


def test_an_error_of_the_first_process_ends_the_others(tmp_path, vectors, monkeypatch):
    with at_step(monkeypatch, 0, refuses), pytest.raises(MmcoreError, match="the value -1"):
        train(tmp_path / "run", vectors)
    assert is_alone()


def test_copies_ignore_a_signal_that_they_receive_themselves(tmp_path, vectors, monkeypatch):
    with at_step(monkeypatch, 1, lambda: signal.raise_signal(signal.SIGTERM)), interruptible():
        train(tmp_path / "run", vectors, checkpoint_every=100, generation_prior="standard")
    assert (tmp_path / "run" / "summary.json").is_file()


def test_copies_stop_together_at_numbers_that_are_not_finite(tmp_path, vectors, monkeypatch):
    terms = TrainStep.terms

    def poisoned(self, batch, number, *arguments):
        result = terms(self, batch, number, *arguments)
        last = self._rank == self._world - 1
        return replace(result, loss=result.loss * nan) if last and number >= EVENT else result

    monkeypatch.setattr(TrainStep, "terms", poisoned)
    with pytest.raises(MmcoreError, match=f"step {EVENT + 1}"):
        train(tmp_path / "run", vectors, on_nonfinite="stop", checkpoint_every=100)
    assert is_alone()


def test_copies_stop_early_together(tmp_path, vectors, monkeypatch):
    """Each process ends its loop itself: a copy that goes on would end by its closed connection."""
    fit = TrainingSetup.fit

    def fit_and_note(self, *arguments, **choices):
        fit(self, *arguments, **choices)
        ended = tmp_path / f"{self.fabric.world_size}-{self.fabric.global_rank}"
        ended.write_text(str(self.state.step))

    monkeypatch.setattr(TrainingSetup, "fit", fit_and_note)
    early = {"steps": 30, "validation": {"share": 0.2, "every": 2, "patience": 1}}
    early |= {"learning_rate": 0.2, "checkpoint_every": 100, "generation_prior": "standard"}
    folders = {n: tmp_path / str(n) for n in (1, 2)}
    for count, folder in folders.items():
        train(folder, vectors, count, **early)
    assert close(*(weights(folder) for folder in folders.values()))
    steps = [int((tmp_path / name).read_text()) for name in ("1-0", "2-0", "2-1")]
    assert steps[0] < early["steps"]
    assert steps == [steps[0]] * 3


@pytest.fixture
def large(vectors, monkeypatch):
    """A training for which several processes pay."""
    monkeypatch.setattr(computation, "LEAST_STEP", 0.0)
    monkeypatch.setattr(computation, "LEAST_RUN", 0.0)
    monkeypatch.setattr(computation, "LEAST_ROWS", 8)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 4)
    return TrainingSetup(config(), vectors)


def chosen(setup):
    return setup.computation(None).processes


def test_the_number_of_processes_follows_the_rule(large, monkeypatch):
    assert chosen(large) == 4
    for cores, expected in [(1, 1), (2, 2), (3, 2), (7, 4), (8, 1)]:
        monkeypatch.setattr(torch, "get_num_threads", lambda cores=cores: cores)
        assert chosen(large) == expected, cores


@pytest.mark.parametrize("layer", [nn.Dropout(0.1), nn.BatchNorm1d(2)])
def test_layers_that_mix_rows_are_trained_in_one_process(large, layer):
    assert chosen(large) == 4
    large.model.add_module("layer", layer)
    assert chosen(large) == 1


@pytest.mark.parametrize("bound", ["LEAST_STEP", "LEAST_RUN"])
def test_a_small_training_stays_in_one_process(large, monkeypatch, bound):
    monkeypatch.setattr(computation, bound, 1e9)
    assert chosen(large) == 1


def test_a_number_of_processes_that_is_not_possible_is_refused(tmp_path, vectors, monkeypatch):
    with pytest.raises(MmcoreError, match="batch size 32 cannot be split into 3 equal parts"):
        train(tmp_path / "run", vectors, 3)
    monkeypatch.setattr(computation, "can_fork", lambda: False)
    with pytest.raises(MmcoreError, match="torchrun --standalone --nproc-per-node 2"):
        train(tmp_path / "run", vectors, 2)
    assert not (tmp_path / "run").exists()
