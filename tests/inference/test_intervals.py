"""Central intervals of draws that are not held against all of them, sorted."""

import pytest
import torch

from mmcore.inference.intervals import CentralInterval


def bounds(draws, level):
    interval = CentralInterval(len(draws), level)
    for draw in draws:
        interval.add(draw)
    return interval, interval.bounds()


def sorted_at(draws, place):
    ordered, below = draws.sort(0).values, int(place)
    above = min(below + 1, len(draws) - 1)
    return torch.lerp(ordered[below], ordered[above], place - below)


@pytest.mark.parametrize("draws", [1, 2, 5, 39, 200])
@pytest.mark.parametrize("level", [0.1, 0.5, 0.77, 0.9, 0.95])
def test_the_ends_are_those_of_all_draws_sorted(draws, level):
    x = torch.randn(draws, 3, 2, generator=torch.Generator().manual_seed(draws)).double()
    _, (low, high) = bounds(x, level)
    place = min(max((1 - level) / 2 * (draws + 1) - 1, 0), draws - 1)
    assert torch.allclose(low, sorted_at(x, place))
    assert torch.allclose(high, sorted_at(x, draws - 1 - place))


def test_bounds_are_order_statistics():
    draws = torch.randperm(19, generator=torch.Generator().manual_seed(0)).double()
    # of 19 draws, the 1st and the 19th leave 1/20 outside on each side, the 5th and the 15th 1/4
    assert [float(bound) for bound in bounds(draws, 0.9)[1]] == [0, 18]
    assert [float(bound) for bound in bounds(draws, 0.5)[1]] == pytest.approx([4, 14])


def test_few_draws_are_held_and_none_is_changed():
    draws = torch.randn(199, 4)
    before = draws.clone()
    interval, _ = bounds(draws, 0.9)
    assert interval.held == 10
    assert torch.equal(draws, before)


def test_equal_draws_count_each():
    draws = torch.tensor([0, 0, 0, 1, 1, 2, 2])
    assert [int(bound) for bound in bounds(draws, 0.5)[1]] == [0, 2]
