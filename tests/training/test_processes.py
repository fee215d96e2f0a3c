"""Several processes compute what one computes, whatever their rows lack, and whichever of them fails."""

import os
import signal
import subprocess
import sys

import pytest
import torch
from safetensors.torch import load_file, save_file
from support.processes import as_torchrun_does
from support.runs import STEPS as ALL_STEPS
from support.runs import config, weights, without_summary
from torch.multiprocessing import ProcessExitedException, ProcessRaisedException

from mmcore import Model
from mmcore.batch import Batch
from mmcore.config import ModalityConfig, ModelConfig, TrainingConfig
from mmcore.errors import MmcoreError
from mmcore.plugins import Catalogue
from mmcore.runs.folder.files import RunFolder
from mmcore.runs.training.job import run
from mmcore.runs.training.resuming import resume
from mmcore.terminal.signals import Interrupted, interruptible
from mmcore.testing.checks.cases import ModalityCase
from mmcore.testing.component import Component
from mmcore.training import make_fabric
from mmcore.training.step import TrainStep, backward

ROWS, STEPS = 4, 2
KINDS = ("real", "student", "count", "zero-inflated", "binary", "categorical", "ordered")
COLUMNS = [{"name": kind, "kind": kind} for kind in KINDS[:5]] + [
    {"name": kind, "kind": kind, "categories": ["low", "middle", "high"]} for kind in KINDS[5:]
]


@pytest.fixture(scope="module")
def shipped():
    """Every modality of the installed plug-ins, with a table of every kind of column."""
    catalogue = Catalogue.discover()
    settings = {n: catalogue.find("modality", n)[1].example for n in catalogue.names("modality")}
    chosen = {name: ModalityConfig(kind=name, settings=own) for name, own in settings.items()}
    for kind in KINDS:
        column = [one for one in COLUMNS if one["kind"] == kind]
        chosen[f"only {kind}"] = ModalityConfig(kind="table", settings={"fitted": column})
    chosen["all kinds"] = ModalityConfig(kind="table", settings={"fitted": COLUMNS})
    return catalogue, chosen


def values(catalogue, chosen):
    drawn = {}
    for name, own in chosen.items():
        component = Component("modality", own.kind, catalogue, own.settings)
        make = ModalityCase.of_component(component).make
        drawn[name] = ModalityCase(make).raw(ROWS).detach()
    return drawn


def presence(chosen):
    """The even rows, of process 0, lack every second modality; the odd rows lack the others."""
    even = torch.arange(ROWS) % 2 == 0
    return {name: even if number % 2 else ~even for number, name in enumerate(chosen)}


def gradients(catalogue, chosen, batch, path):
    """Train for some steps, and save the last gradient."""
    training = TrainingConfig(batch_size=ROWS, steps=STEPS, precision="64-true", accelerator="cpu")
    fabric = make_fabric(training)
    rank, world = fabric.global_rank, fabric.world_size
    config = ModelConfig(modalities=chosen, content_dim=3)
    model = Model.from_config(config, catalogue=catalogue)
    step = TrainStep(model, steps=STEPS, rows=ROWS, seed=0, rank=rank, world=world)
    # Dropout differs between processes.
    module = fabric.setup(step).eval()
    own = Batch(
        {name: value[rank::world] for name, value in batch.values.items()},
        {name: mask[rank::world] for name, mask in batch.present.items()},
    )
    optimizer = torch.optim.SGD(module.parameters(), lr=1e-4)
    for number in range(STEPS):
        optimizer.zero_grad()
        list(backward(module, [own.indexed()], number, fabric))
        optimizer.step()
    received = [(n, p.grad) for n, p in model.named_parameters() if p.grad is not None]
    save_file({n: g.contiguous() for n, g in received if len(g)}, f"{path}-{rank}-{world}")


def test_every_modality_trains_though_all_rows_of_a_process_lack_it(shipped, tmp_path):
    catalogue, chosen = shipped
    batch = Batch.of(values(catalogue, chosen), presence(chosen))
    arguments = (catalogue, chosen, batch, tmp_path / "gradient")
    as_torchrun_does(gradients, *arguments)
    gradients(*arguments)
    whole = load_file(tmp_path / "gradient-0-1")
    for rank in (0, 1):
        parts = load_file(tmp_path / f"gradient-{rank}-2")
        for name, gradient in whole.items():
            torch.testing.assert_close(parts[name], gradient, rtol=1e-7, atol=1e-9, msg=name)
        assert not any(parts[name].any() for name in parts.keys() - whole.keys())


def watched(event):
    """Call ``event(number, rank)`` at each step of this process."""
    forward = TrainStep.forward

    def forward_after_event(self, *arguments):
        event(arguments[5], self._rank)
        return forward(self, *arguments)

    TrainStep.forward = forward_after_event


def close(one, other):
    return all(torch.allclose(one[name], other[name], atol=1e-5) for name in one)


CRASH, FAILED = 6, 7


def crashes_once(folder, vectors):
    """Train; the second process fails at a step, and a start after that goes on from a checkpoint."""
    first = os.environ["TORCHELASTIC_RESTART_COUNT"] == "0"

    def event(number, rank):
        if first and (number, rank) == (CRASH, 1):
            os._exit(FAILED)
        assert first or number >= CRASH - 1

    watched(event)
    with without_summary():
        run(config(), RunFolder(folder), catalogue=vectors)


def test_a_restart_after_a_crash_goes_on_from_the_checkpoint(unbroken, tmp_path, vectors):
    folder = tmp_path / "run"
    with pytest.raises((ProcessExitedException, ProcessRaisedException)):
        as_torchrun_does(crashes_once, folder, vectors)
    as_torchrun_does(crashes_once, folder, vectors, restarts=1)
    assert close(weights(unbroken), weights(folder))


def test_a_restart_with_another_configuration_is_refused(tmp_path, vectors, monkeypatch):
    RunFolder(tmp_path / "run").begin(config())
    monkeypatch.setenv("TORCHELASTIC_RESTART_COUNT", "1")
    with pytest.raises(MmcoreError, match="already holds an unfinished run"):
        run(config(steps=3), RunFolder(tmp_path / "run"), catalogue=vectors)


def is_interrupted(folder, vectors):
    """Train; the second process receives a signal, and both end."""

    def event(number, rank):
        if (number, rank) == (CRASH, 1):
            signal.raise_signal(signal.SIGTERM)

    watched(event)
    with pytest.raises(Interrupted) as end, interruptible():
        run(config(checkpoint_every=100), RunFolder(folder), catalogue=vectors)
    assert end.value.exit_code == 143
    assert str(end.value).splitlines()[-1].startswith("torchrun --nproc-per-node 2 -m mmcore train")


def test_a_signal_in_one_process_ends_all_with_one_checkpoint(unbroken, tmp_path, vectors):
    folder = tmp_path / "run"
    as_torchrun_does(is_interrupted, folder, vectors)
    # The processes exchange the signal during the next step.
    names = [path.name for path in (folder / "checkpoints").iterdir()]
    assert names == [f"step-{CRASH + 2:08d}"]
    resume(folder, catalogue=vectors)
    assert close(weights(unbroken), weights(folder))


CRASHING = """
import os, sys
from pathlib import Path
from mmcore.training.step import TrainStep
forward = TrainStep.forward
def crash(self, *arguments):
    restarts = os.environ["TORCHELASTIC_RESTART_COUNT"]
    if (arguments[5], self._rank, restarts) == (6, 1, "0"):
        os._exit(7)
    print("step", arguments[5], "restarts", restarts, flush=True)
    return forward(self, *arguments)
TrainStep.forward = crash
from mmcore.cli.main import run
run()
"""


@pytest.mark.slow
def test_torchrun_restarts_a_run_that_goes_on(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(CRASHING)
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    options = ["--modalities", "text", "--data", "sample", "--steps", str(ALL_STEPS)]
    small = ["--checkpoint-every", "2", "--batch-size", "16", "--accelerator", "cpu"]
    done = subprocess.run(
        [
            *launcher,
            "--max-restarts=1",
            script,
            "train",
            *options,
            *small,
            "--out",
            tmp_path / "run",
        ],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "run" / "summary.json").is_file()
    assert "step 6 restarts 1" in done.stdout
    assert "step 3 restarts 1" not in done.stdout
