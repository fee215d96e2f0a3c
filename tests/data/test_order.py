import pytest
import torch

from mmcore.data import SampleOrder


@pytest.mark.parametrize(("samples", "rows"), [(10, 4), (10, 10), (3, 8), (1000, 256)])
def test_every_sample_is_read_once_an_epoch(samples, rows):
    order = SampleOrder(samples, rows, seed=1)
    read = torch.cat([order.step(n) for n in range(3 * samples)])[: 3 * samples]
    for epoch in read.split(samples):
        assert sorted(epoch.tolist()) == list(range(samples))


def test_order_is_a_function_of_seed_and_step_alone():
    forwards, backwards = SampleOrder(10, 4, seed=1), SampleOrder(10, 4, seed=1)
    wanted = [forwards.step(n).tolist() for n in range(9)]
    assert [backwards.step(n).tolist() for n in reversed(range(9))] == wanted[::-1]
    assert [SampleOrder(10, 4, seed=2).step(n).tolist() for n in range(9)] != wanted


@pytest.mark.parametrize("world", [2, 4])
def test_processes_read_the_rows_that_one_would(world):
    one = SampleOrder(50, 8, seed=1)
    each = [SampleOrder(50, 8, seed=1, rank=rank, world=world) for rank in range(world)]
    for n in range(20):
        together = torch.stack([order.step(n) for order in each], dim=1).flatten()
        assert torch.equal(together, one.step(n))


def test_epochs_have_different_orders():
    order = SampleOrder(50, 50, seed=1)
    epochs = [order.step(n).tolist() for n in range(4)]
    assert len({tuple(epoch) for epoch in epochs}) == 4
