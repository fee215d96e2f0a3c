import pytest
import torch

from mmcore.noise import Noise

DRAWS = [
    lambda noise: noise.normal("a", 3),
    lambda noise: noise.uniform("a", 3),
    lambda noise: noise.stratified("a"),
]


@pytest.mark.parametrize("draw", DRAWS)
def test_a_draw_depends_on_seed_step_and_stream_alone(draw):
    noise = Noise(8, seed=1, step=2)
    first = draw(noise)
    noise.normal("something else", 5)
    assert torch.equal(draw(noise), first)
    for other in (Noise(8, seed=2, step=2), Noise(8, seed=1, step=3), noise.at("x")):
        assert not torch.equal(draw(other), first)


@pytest.mark.parametrize("draw", DRAWS)
def test_processes_draw_the_rows_that_one_would(draw):
    whole = draw(Noise(8, seed=1))
    halves = [draw(Noise(8, seed=1, rank=rank, world=2)) for rank in (0, 1)]
    assert torch.equal(torch.stack(halves, dim=1).flatten(0, 1), whole)


def test_stratified_draws_fall_one_into_each_interval():
    for step in range(20):
        draws = Noise(10, step=step).stratified("u").sort().values
        assert ((draws * 10).floor() - torch.arange(10)).abs().max() <= 1
        assert draws.diff().sub(0.1).abs().max() < 1e-6


def test_noise_for_another_number_of_rows_has_the_same_streams():
    noise = Noise(4, seed=3, step=2).at("place")
    assert torch.equal(noise.resized(6).normal("x", 2), Noise(6, 3, 2).at("place").normal("x", 2))
    assert noise.resized(4) == noise
