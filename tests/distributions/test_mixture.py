import pytest
import torch

from mmcore.distributions import Gaussian, Mixture
from mmcore.noise import Noise

pytestmark = pytest.mark.usefixtures("float64")


def mixture(rows, weights):
    loc = torch.tensor([-3.0, 0.0, 2.0]).reshape(3, 1, 1).expand(3, rows, 1)
    logvar = torch.tensor([0.0, -1.0, 0.5]).reshape(3, 1, 1).expand(3, rows, 1)
    spread = torch.tensor(weights).unsqueeze(1).expand(3, rows)
    return Mixture(Gaussian(loc, logvar), spread, torch.eye(3, dtype=torch.bool))


def test_density_integrates_to_one():
    grid = torch.linspace(-12, 12, 4001).unsqueeze(-1)
    density = mixture(1, [0.5, 0.3, 0.2]).log_prob(grid.unsqueeze(1)).squeeze(1).exp()
    assert torch.trapezoid(density, grid.squeeze(-1)) == pytest.approx(1.0, abs=1e-6)


def test_samples_follow_the_density():
    rows, edges = 20_000, torch.linspace(-6, 6, 13)
    q = mixture(rows, [0.5, 0.3, 0.2])
    z = q.rsample(Noise(rows)).squeeze(-1)
    actual = torch.histogram(z, edges).hist / rows
    fine = torch.linspace(-6, 6, 12_001)
    density = mixture(1, [0.5, 0.3, 0.2]).log_prob(fine.reshape(-1, 1, 1)).squeeze(1).exp()
    wanted = (density[:-1] * fine.diff()).reshape(12, -1).sum(1)
    assert (actual - wanted).abs().max() < 5 * (0.25 / rows) ** 0.5


def test_mean_is_that_of_the_samples():
    q = mixture(20_000, [0.5, 0.3, 0.2])
    assert q.rsample(Noise(20_000)).mean() == pytest.approx(float(q.mean[0]), abs=0.1)


def test_stddev_is_the_second_moment_of_the_density():
    fine = torch.linspace(-12, 12, 12_001)
    q = mixture(1, [0.5, 0.3, 0.2])
    density = q.log_prob(fine.reshape(-1, 1, 1)).squeeze(1).exp()
    wanted = torch.trapezoid(density * (fine - q.mean.squeeze()) ** 2, fine).sqrt()
    assert float(q.stddev) == pytest.approx(float(wanted), rel=1e-6)


@pytest.mark.parametrize("rows", [1, 7, 30, 256])
def test_components_are_chosen_in_proportion_to_within_one_row(rows):
    weights = torch.tensor([0.5, 0.3, 0.2])
    for step in range(20):
        chosen = mixture(rows, weights.tolist()).choose(Noise(rows, step=step))
        counts = chosen.bincount(minlength=3)
        assert (counts - weights * rows).abs().max() <= 1 + 1e-9


def test_every_row_may_be_drawn_from_every_component():
    counts = sum(
        torch.nn.functional.one_hot(mixture(4, [0.5, 0.3, 0.2]).choose(Noise(4, step=n)), 3)
        for n in range(4000)
    )
    share = counts / 4000
    assert (share - torch.tensor([0.5, 0.3, 0.2])).abs().max() < 5 * (0.25 / 4000) ** 0.5


def test_an_absent_component_is_never_chosen():
    for step in range(500):
        chosen = mixture(8, [0.5, 0.5, 0.0]).choose(Noise(8, step=step))
        assert (chosen < 2).all()
        assert (mixture(8, [0.0, 1.0, 0.0]).choose(Noise(8, step=step)) == 1).all()
