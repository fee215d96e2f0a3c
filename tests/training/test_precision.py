"""What is measured reaches the networks as it was measured, whatever they compute in."""

import signal
from typing import get_args

import pytest
import torch
from support.runs import STEPS, config, same, weights, without_summary
from torch import nn

from mmcore.cli.evaluation_settings import evaluation_settings
from mmcore.config import TrainingConfig
from mmcore.errors import MmcoreError
from mmcore.runs.evaluation.evaluate import evaluate
from mmcore.runs.folder.files import RunFolder
from mmcore.runs.training.job import run
from mmcore.runs.training.resuming import resume
from mmcore.terminal.signals import Interrupted, interruptible
from mmcore.training.engine import make_fabric
from mmcore.training.step import TrainStep


class Same(nn.Linear):
    """A layer that returns what it was given beside what it computed."""

    def forward(self, x):
        return x, super().forward(x)


@pytest.mark.parametrize("precision", ["bf16-mixed", "32-true"])
def test_cells_keep_every_digit_of_theirs(precision):
    fabric = make_fabric(TrainingConfig(precision=precision, accelerator="cpu"))
    cells = torch.tensor([[733.4757, 1e-3]])
    given, computed = fabric.setup(Same(2, 2))(cells)
    assert torch.equal(given, cells)
    assert computed.dtype == torch.float32


def test_autocast_computes_in_bfloat16():
    fabric = make_fabric(TrainingConfig(precision="bf16-mixed", accelerator="cpu"))
    with fabric.autocast():
        assert nn.Linear(2, 2)(torch.ones(1, 2)).dtype == torch.bfloat16


PRECISIONS = get_args(TrainingConfig.model_fields["precision"].annotation)


@pytest.mark.parametrize(
    "precision", [name for name in PRECISIONS if name not in ("auto", "16-mixed")]
)
def test_every_precision_trains_exactly_and_is_evaluated(precision, tmp_path, vectors, monkeypatch):
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    with without_summary():
        run(config(precision=precision), RunFolder(whole), catalogue=vectors)
    forward = TrainStep.forward

    def forward_after_signal(self, *arguments):
        if arguments[5] == STEPS // 2:
            signal.raise_signal(signal.SIGTERM)
        return forward(self, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(TrainStep, "forward", forward_after_signal)
        with pytest.raises(Interrupted), interruptible():
            run(config(precision=precision), RunFolder(cut), catalogue=vectors)
    resume(cut, catalogue=vectors)
    assert same(weights(whole), weights(cut))
    assert {value.dtype for value in weights(cut).values()} == {torch.float32}
    settings = evaluation_settings({"rows": 20, "samples": 8, "likelihood_rows": 4}, vectors)
    record = evaluate(cut, settings, ["representation", "likelihood"], catalogue=vectors)
    assert record.metrics["likelihood"].tables


def test_half_precision_needs_a_gpu():
    with pytest.raises(MmcoreError, match="precision '16-mixed' needs a GPU"):
        make_fabric(TrainingConfig(precision="16-mixed", accelerator="cpu"))


@pytest.mark.parametrize("name", ["cuda", "mps", "gpu"])
def test_an_accelerator_that_is_absent_is_one_sentence(name, monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(MmcoreError, match=f"accelerator '{name}' needs 1 device, .* cpu$"):
        make_fabric(TrainingConfig(accelerator=name))
