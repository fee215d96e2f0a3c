"""Same seed, same weights; stop anywhere and go on, same weights."""

import json
import os
import subprocess
import sys

import pytest
import torch
from support.runs import STEPS, config, same, weights

from mmcore.errors import MmcoreError
from mmcore.runs.folder.files import RunFolder
from mmcore.runs.training.job import run
from mmcore.runs.training.resuming import resume

pytestmark = pytest.mark.usefixtures("unsummarized")


def test_same_seed_same_weights(unbroken, tmp_path, vectors):
    run(config(), RunFolder(tmp_path / "again"), catalogue=vectors)
    assert same(weights(unbroken), weights(tmp_path / "again"))


def test_another_seed_other_weights(unbroken, tmp_path, vectors):
    other = config().model_copy(update={"seed": 4})
    run(other, RunFolder(tmp_path / "other"), catalogue=vectors)
    assert not same(weights(unbroken), weights(tmp_path / "other"))


class Stop(Exception):
    pass


def interrupted(folder, vectors, monkeypatch, step, **training):
    """Run until ``step`` is done and saved, then fall over."""
    from mmcore.runs.training import job

    original = job.save_checkpoint

    def save(*arguments):
        if step > 0:
            original(*arguments)
        if arguments[2].step >= step:
            raise Stop

    monkeypatch.setattr(job, "save_checkpoint", save)
    with pytest.raises(Stop):
        run(config(**training), RunFolder(folder), catalogue=vectors)
    monkeypatch.setattr(job, "save_checkpoint", original)


# 120 samples, 32 rows a step: step 3 is in the middle of the first epoch, 4 just after its edge,
# 0 is before the first checkpoint.
@pytest.mark.parametrize(
    "step", [0, 3, 4, *(pytest.param(n, marks=pytest.mark.slow) for n in (1, 7, STEPS))]
)
def test_a_resumed_run_ends_with_the_weights_of_one_that_never_stopped(
    unbroken, tmp_path, vectors, monkeypatch, step
):
    interrupted(tmp_path / "cut", vectors, monkeypatch, step)
    resume(tmp_path / "cut", catalogue=vectors)
    assert same(weights(unbroken), weights(tmp_path / "cut"))
    lines = (tmp_path / "cut" / "metrics.jsonl").read_text().splitlines()
    steps = [json.loads(line)["step"] for line in lines]
    assert steps == sorted(set(steps))
    assert steps[-1] == STEPS


def test_a_damaged_checkpoint_is_skipped_and_the_one_before_is_used(
    unbroken, tmp_path, vectors, monkeypatch, capsys
):
    interrupted(tmp_path / "cut", vectors, monkeypatch, 7)
    newest = tmp_path / "cut" / "checkpoints" / "step-00000007" / "model.safetensors"
    newest.write_bytes(newest.read_bytes()[:-1] + b"x")
    resume(tmp_path / "cut", catalogue=vectors)
    assert "damaged" in capsys.readouterr().out
    assert same(weights(unbroken), weights(tmp_path / "cut"))


def test_a_finished_run_is_neither_resumed_nor_overwritten(unbroken, vectors):
    with pytest.raises(MmcoreError, match="is finished"):
        resume(unbroken, catalogue=vectors)
    with pytest.raises(MmcoreError, match="already holds a finished run"):
        run(config(), RunFolder(unbroken), catalogue=vectors)


def test_a_loss_that_is_not_finite_stops_the_run_before_it_is_saved(tmp_path, vectors, monkeypatch):
    from mmcore.testing.vectors import VectorData

    sample = VectorData.sample

    def poisoned(self, split):
        view = sample(self, split)
        view._items[5] = float("inf")
        return view

    monkeypatch.setattr(VectorData, "sample", poisoned)
    with pytest.raises(MmcoreError, match="not finite"):
        run(config(on_nonfinite="stop"), RunFolder(tmp_path / "bad"), catalogue=vectors)
    assert len(list((tmp_path / "bad" / "checkpoints").glob("step-*"))) < 5


SCRIPT = """
import sys
from pathlib import Path
from mmcore.plugins import ComponentSpec
from mmcore.runs.folder.files import RunFolder, read_config
from mmcore.runs.training.job import run
from mmcore.runs.training.resuming import resume
from mmcore.testing import catalogue_of
vectors = catalogue_of(ComponentSpec(
    kind="modality", name="vector", factory="mmcore.testing.linear_gaussian:LinearGaussian",
    settings="mmcore.testing.linear_gaussian:LinearGaussianSettings",
    dataset="mmcore.testing.vectors:VectorData"))
folder = Path(sys.argv[2])
if folder.exists():
    resume(folder, catalogue=vectors)
else:
    run(read_config(Path(sys.argv[1])), RunFolder(folder), catalogue=vectors)
"""


def written(path, steps, **training):
    import yaml

    path.write_text(yaml.safe_dump(config(steps=steps, **training).model_dump(mode="json")))
    return path


@pytest.mark.slow
def test_two_processes_train_as_one_does(unbroken, tmp_path):
    file = written(tmp_path / "config.yaml", STEPS, accumulate=2)
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    # `--standalone` takes a free port. A fixed one may be in use.
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    result = subprocess.run(
        [*torchrun, str(script), str(file), str(tmp_path / "two")],
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert result.returncode == 0, result.stderr
    one, two = weights(unbroken), weights(tmp_path / "two")
    assert all(torch.allclose(one[k], two[k], atol=1e-5) for k in one)
