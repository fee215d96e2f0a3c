"""Central intervals against numpy, and their coverage."""

import numpy as np
import pytest
import torch

from mmcore.inference.prediction.intervals import central_interval


@pytest.mark.parametrize("draws", [1, 2, 5, 39, 200])
@pytest.mark.parametrize("level", [0.1, 0.5, 0.77, 0.9, 0.95])
def test_the_bounds_are_quantiles_of_the_draws(draws, level):
    x = torch.randn(3, 2, draws, generator=torch.Generator().manual_seed(draws)).double()
    low, high = central_interval(x, level)
    # The quantile of type 6 is at the rank p (S + 1).
    tails = [(1 - level) / 2, (1 + level) / 2]
    wanted = np.quantile(x.numpy(), tails, axis=-1, method="weibull")
    assert np.allclose(low, wanted[0])
    assert np.allclose(high, wanted[1])


def test_bounds_are_order_statistics():
    draws = torch.randperm(19, generator=torch.Generator().manual_seed(0)).double()
    # Of 19 draws, the 1st and the 19th leave 1/20 outside on each side, the 5th and the 15th 1/4.
    assert [float(bound) for bound in central_interval(draws, 0.9)] == [0, 18]
    assert [float(bound) for bound in central_interval(draws, 0.5)] == pytest.approx([4, 14])


def test_the_draws_do_not_change():
    draws = torch.randn(4, 199)
    before = draws.clone()
    central_interval(draws, 0.9)
    assert torch.equal(draws, before)


def test_equal_draws_count_each():
    draws = torch.tensor([0, 0, 0, 1, 1, 2, 2])
    assert [int(bound) for bound in central_interval(draws, 0.5)] == [0, 2]
