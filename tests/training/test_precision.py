"""What is measured reaches the networks as it was measured, whatever they compute in."""

import pytest
import torch
from torch import nn

from mmcore.config import TrainingConfig
from mmcore.training.engine import make_fabric


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
