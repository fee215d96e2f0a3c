"""k steps and N - k steps are N steps, bit for bit: every method, wherever the run is interrupted."""

from itertools import product

import pytest
import torch
from safetensors.torch import load_file

from mmcore.config import (
    DataConfig,
    ModalityConfig,
    ModelConfig,
    RunConfig,
    TrainingConfig,
    ValidationConfig,
)
from mmcore.runs.folder.files import RunFolder
from mmcore.runs.training import job
from mmcore.runs.training.resuming import resume
from mmcore.runs.training.setup import TrainingSetup
from mmcore.terminal.printing import Console
from mmcore.testing import catalogue_of
from mmcore.testing.catalogues import VECTORS

CATALOGUE = catalogue_of(*VECTORS)
QUIET = Console(quiet=True)
STEPS, METHODS = 8, ("mmjsd", "mvae", "mmvae", "mopoe", "mvtcae", "mmvaeplus", "dmvae")
SUCCESSORS = (
    *("mmvm", "hoelder", "helvae", "mwbvae", "gpoe"),
    *("mcvae", "codevae", "crmvae", "jmvae", "telbo"),
)
# 96 of 120 samples are trained on, 32 a step: step 2 is within an epoch, 3 at its edge.
AT = (0, 2, 3, STEPS)
VARIANTS = {
    "plain": {},
    "accumulate": {"accumulate": 2},
    "validation": {"validation": ValidationConfig(share=0.2, every=3, patience=9)},
}
ALL = [*product(METHODS, AT, VARIANTS), *product(SUCCESSORS, (3,), ("plain",))]
SOME = [
    (method, AT[number % len(AT)], list(VARIANTS)[number % len(VARIANTS)])
    for number, method in enumerate(METHODS)
]


class Stop(Exception):
    pass


def config(method, variant):
    return RunConfig(
        model=ModelConfig(
            modalities={n: ModalityConfig(kind=f"vector-{n}") for n in "ab"},
            content_dim=2,
            style_dim=1,
            method=method,
        ),
        data=DataConfig(mode="sample", pairings=1, drop=0.3),
        training=TrainingConfig(
            **{"steps": STEPS, "batch_size": 32, "precision": "32-true", "accelerator": "cpu"},
            **{"log_every": 3, "checkpoint_every": 1, "trackers": ()},
            **VARIANTS[variant],
        ),
        seed=5,
    )


def run(folder, method, variant):
    job.run(config(method, variant), RunFolder(folder), catalogue=CATALOGUE, console=QUIET)


@pytest.mark.usefixtures("unsummarized")
@pytest.mark.parametrize(
    ("method", "step", "variant"),
    [pytest.param(*c, marks=() if c in SOME else pytest.mark.slow) for c in ALL],
)
def test_an_interrupted_run_has_the_weights_of_one_that_was_not(
    tmp_path, monkeypatch, method, step, variant
):
    run(tmp_path / "whole", method, variant)
    save = job.save_checkpoint

    def saving(folder, model, state, origin):
        if step:
            save(folder, model, state, origin)
        if state.step >= step:
            raise Stop

    monkeypatch.setattr(job, "save_checkpoint", saving)
    with pytest.raises(Stop):
        run(tmp_path / "cut", method, variant)
    monkeypatch.setattr(job, "save_checkpoint", save)
    resume(tmp_path / "cut", catalogue=CATALOGUE, console=QUIET)
    whole, cut = (
        load_file(tmp_path / name / "model" / "model.safetensors") for name in ("whole", "cut")
    )
    assert whole.keys() == cut.keys()
    assert all(torch.equal(whole[name], cut[name]) for name in whole)


def test_the_scaler_of_16_mixed_is_part_of_a_checkpoint(tmp_path):
    """A scaler that has changed its scale continues with it."""
    from mmcore.training.checkpoint import Origin, load_latest, save_checkpoint
    from mmcore.training.state import TrainingState

    one = TrainingSetup(config("mmjsd", "plain"), CATALOGUE)
    one.state.scaler = torch.amp.GradScaler("cpu", init_scale=1024.0, growth_interval=7)
    one.state.scaler.scale(torch.ones(1))
    one.state.scaler.update(new_scale=64.0)
    save_checkpoint(tmp_path, one.model, one.state, Origin())
    state = TrainingState.start(one.model, one.config.training)
    state.scaler = torch.amp.GradScaler("cpu")
    assert load_latest(tmp_path, one.model, state).skipped == ()
    assert state.scaler.get_scale() == 64.0
    assert state.scaler.get_growth_interval() == 7
