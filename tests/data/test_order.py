import pytest
import torch

from mmcore.data import BlockShuffle, SampleOrder


def block_order(samples, rows, seed, **process):
    """Return an order in blocks of 3 samples of a file in which the samples lie backwards."""
    shuffle = BlockShuffle(torch.arange(samples).flip(0), block=3, mixed=4)
    return SampleOrder(samples, rows, seed, shuffle=shuffle, **process)


ORDERS = pytest.mark.parametrize("order_of", [SampleOrder, block_order])


@ORDERS
@pytest.mark.parametrize(("samples", "rows"), [(10, 4), (10, 10), (3, 8), (1000, 256)])
def test_every_sample_is_read_once_an_epoch(samples, rows, order_of):
    order = order_of(samples, rows, seed=1)
    read = torch.cat([order.step(n) for n in range(3 * samples)])[: 3 * samples]
    for epoch in read.split(samples):
        assert sorted(epoch.tolist()) == list(range(samples))


@ORDERS
def test_order_is_a_function_of_seed_and_step_alone(order_of):
    forwards, backwards = order_of(10, 4, seed=1), order_of(10, 4, seed=1)
    wanted = [forwards.step(n).tolist() for n in range(9)]
    assert [backwards.step(n).tolist() for n in reversed(range(9))] == wanted[::-1]
    assert [order_of(10, 4, seed=2).step(n).tolist() for n in range(9)] != wanted


@ORDERS
@pytest.mark.parametrize("world", [2, 4])
def test_processes_read_the_rows_that_one_would(world, order_of):
    one = order_of(50, 8, seed=1)
    each = [order_of(50, 8, seed=1, rank=rank, world=world) for rank in range(world)]
    for n in range(20):
        together = torch.stack([order.step(n) for order in each], dim=1).flatten()
        assert torch.equal(together, one.step(n))


@ORDERS
def test_epochs_have_different_orders(order_of):
    order = order_of(50, 50, seed=1)
    epochs = [order.step(n).tolist() for n in range(4)]
    assert len({tuple(epoch) for epoch in epochs}) == 4


def test_blocks_are_read_together_and_mixed():
    """The blocks of a file of 1,000 samples are read 4 at a time; two samples share one in 1 of 4 cases."""
    positions = torch.randperm(1000, generator=torch.Generator().manual_seed(0))
    rows, epochs, inside = 8, 40, 120  # the last steps of an epoch are from fewer blocks
    order = SampleOrder(1000, rows, 0, shuffle=BlockShuffle(positions, block=10, mixed=4))
    same, apart = [], 0
    for epoch in range(epochs):
        steps = [positions[order.step(125 * epoch + number)] for number in range(inside)]
        for step in steps:
            blocks = step // 10
            assert len(blocks.unique()) <= 4 * 2 * 2  # two groups of blocks that begin elsewhere
            pairs = (blocks.unsqueeze(0) == blocks.unsqueeze(1)).float().mean() * rows - 1
            same.append(float(pairs) / (rows - 1))
        numbers = {int(place): number for number, step in enumerate(steps) for place in step}
        apart += {3, 4} <= numbers.keys() and abs(numbers[3] - numbers[4]) > 10
    assert 0.1 < sum(same) / len(same) < 0.3
    assert apart > 0  # neighbours are not in one block in every epoch
