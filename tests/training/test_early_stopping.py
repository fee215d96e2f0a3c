"""Early stopping by the validation loss, and the weights of the best step."""

import json

import pytest
import torch
from safetensors.torch import load_file

from mmcore import Noise
from mmcore.config import (
    DataConfig,
    ModalityConfig,
    ModelConfig,
    RunConfig,
    TrainingConfig,
    ValidationConfig,
)
from mmcore.data import TensorView, split_off
from mmcore.data.pairing import Paired
from mmcore.errors import MmcoreError
from mmcore.runs.folder.files import RunFolder
from mmcore.runs.training import job, setup
from mmcore.runs.training.resuming import resume
from mmcore.training.state import TrainingState, ValidationState

pytestmark = pytest.mark.usefixtures("unsummarized")

STEPS = 12


def config(patience=2):
    return RunConfig(
        model=ModelConfig(
            modalities={"a": ModalityConfig(kind="vector")}, content_dim=2, style_dim=0
        ),
        data=DataConfig(mode="sample", pairings=1),
        training=TrainingConfig(
            steps=STEPS,
            batch_size=16,
            precision="32-true",
            accelerator="cpu",
            log_every=2,
            checkpoint_every=1,
            validation=ValidationConfig(share=0.2, every=2, patience=patience),
        ),
    )


def weights(path):
    return load_file(path)


def same(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[k], other[k]) for k in one)


def rigged(monkeypatch, losses):
    """Replace the validation losses by given numbers."""
    seen = iter(losses)
    monkeypatch.setattr(setup, "validation_loss", lambda *_: next(seen))


def test_the_best_weights_are_kept_and_the_training_ends_after_patience(
    tmp_path, vectors, monkeypatch
):
    rigged(monkeypatch, [3.0, 1.0, 2.0, 1.5, 0.0, 0.0])
    kept = {}
    save_best = job.save_best
    monkeypatch.setattr(
        job,
        "save_best",
        lambda f, m: (save_best(f, m), kept.update(weights(f / "best.safetensors"))),
    )
    job.run(config(), RunFolder(tmp_path / "run"), catalogue=vectors)
    lines = (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()
    found = [json.loads(line).get("validation/loss") for line in lines]
    assert found == [None, 3.0, 3.0, 1.0, 1.0, 2.0, 2.0, 1.5]
    assert json.loads(lines[-1])["step"] == 8  # 4, the best, and 2 validations of 2 steps each
    final = weights(tmp_path / "run" / "model" / "model.safetensors")
    assert same(final, kept)
    last = weights(tmp_path / "run" / "checkpoints" / "step-00000008" / "model.safetensors")
    assert not same(final, last)


class Stop(Exception):
    pass


@pytest.mark.parametrize("step", [3, 5, 8])
def test_a_resumed_run_validates_and_ends_as_one_that_never_stopped(
    tmp_path, vectors, monkeypatch, step
):
    """Interrupted between two validations, after the best one, and at the very end."""
    losses = {2: 3.0, 4: 1.0, 6: 2.0, 8: 1.5, 10: 0.0, 12: 0.0}
    save = job.save_checkpoint
    reached = {}

    def noted(folder, model, state, origin):
        save(folder, model, state, origin)
        reached["step"] = state.step
        if reached.get("cut") == state.step:
            raise Stop

    monkeypatch.setattr(job, "save_checkpoint", noted)
    sizes = []

    def loss(model, source, seed, fabric):
        sizes.append(len(source))
        return losses[reached.get("step", 0) + 1]

    monkeypatch.setattr(setup, "validation_loss", loss)
    job.run(config(), RunFolder(tmp_path / "whole"), catalogue=vectors)
    reached.update(step=0, cut=step)
    with pytest.raises(Stop):
        job.run(config(), RunFolder(tmp_path / "cut"), catalogue=vectors)
    reached.pop("cut")
    resume(tmp_path / "cut", catalogue=vectors)
    paths = [tmp_path / name / "model" / "model.safetensors" for name in ("whole", "cut")]
    assert same(*map(weights, paths))
    assert reached["step"] == 8
    assert set(sizes) == {24}


def test_a_validation_is_repeatable_and_does_not_change_the_training(vectors):
    training = setup.TrainingSetup(config(), vectors)
    training.model.train()
    generator = torch.get_rng_state()
    assert training.validation_loss() == training.validation_loss()
    assert training.model.training
    assert torch.equal(torch.get_rng_state(), generator)


def test_what_is_held_apart_is_disjoint_and_nothing_is_lost():
    source = Paired(
        {"a": TensorView(torch.arange(10.0).unsqueeze(1), torch.zeros(10))},
        torch.arange(10).unsqueeze(1),
    )
    train, held = split_off(source, 0.3, seed=0)
    values = [
        part.fetch(torch.arange(len(part)), Noise(len(part))).values["a"] for part in (train, held)
    ]
    assert [len(v) for v in values] == [7, 3]
    assert sorted(torch.cat(values).flatten().tolist()) == list(range(10))
    with pytest.raises(MmcoreError, match=r"a share of 0.01 of the 10 training samples"):
        split_off(source, 0.01, seed=0)


def test_a_state_without_a_validation_is_over_by_its_steps_alone():
    state = TrainingState(11, optimizer=None, schedule=None)
    assert not state.is_over(config().training)
    state.step = 12
    assert state.is_over(config().training)
    state.step, state.validation = 9, ValidationState(loss=2.0, best_loss=1.0, best_step=6)
    assert not state.is_over(config().training)
    state.step = 10
    assert state.is_over(config().training)
    assert not state.is_over(config().training.model_copy(update={"validation": None}))
    assert not state.record(1.0)
    assert state.record(0.9)
    assert state.validation == ValidationState(0.9, 0.9, 10)
