"""Identities that hold for every aggregator: a new one is one entry of INSTANCES."""

import pytest
import torch

from mmcore.aggregators import Experts, GeometricMean, MixtureOfExperts, ProductOfExperts
from mmcore.distributions import Gaussian
from mmcore.noise import Noise

pytestmark = pytest.mark.usefixtures("float64")

INSTANCES = [GeometricMean(), ProductOfExperts(), MixtureOfExperts()]
every = pytest.mark.parametrize("aggregator", INSTANCES, ids=lambda a: type(a).__name__)
WEIGHTS = [0.5, 0.3, 0.2]


def experts(rows=4, dims=2, *, present=None, order=(0, 1, 2), prior=None, seed=0):
    generator = torch.Generator().manual_seed(seed)
    loc = torch.randn(3, rows, dims, generator=generator)
    logvar = 0.5 * torch.randn(3, rows, dims, generator=generator)
    there = torch.ones(3, rows, dtype=torch.bool) if present is None else present
    index = list(order)
    return Experts.weighted(
        Gaussian(loc[index], logvar[index]),
        there[index],
        torch.tensor(WEIGHTS)[index],
        None if prior is None else torch.tensor(prior),
    )


def points(rows=4, dims=2):
    return torch.randn(9, rows, dims, generator=torch.Generator().manual_seed(5))


@every
@pytest.mark.parametrize("prior", [None, 0.4])
def test_the_order_of_experts_does_not_matter(aggregator, prior):
    z = points()
    straight = aggregator(experts(prior=prior)).log_prob(z)
    turned = aggregator(experts(order=(2, 0, 1), prior=prior)).log_prob(z)
    assert torch.allclose(straight, turned)


@every
@pytest.mark.parametrize("prior", [None, 0.4])
def test_a_missing_expert_equals_computing_on_the_others(aggregator, prior):
    present = torch.tensor([True, False, True]).unsqueeze(1).expand(3, 4)
    z = points()
    masked = aggregator(experts(present=present, prior=prior)).log_prob(z)
    subset = aggregator(experts(order=(0, 2), prior=prior)).log_prob(z)
    assert torch.allclose(masked, subset)


@every
def test_rows_may_lack_different_experts(aggregator):
    present = torch.tensor(
        [[True, False, True, True], [True, True, False, False], [False, True, True, False]]
    )
    z = points()
    together = aggregator(experts(present=present)).log_prob(z)
    for row in range(4):
        index = present[:, row].nonzero().squeeze(1).tolist()
        alone = aggregator(experts(order=index)).log_prob(z)
        assert torch.allclose(together[:, row], alone[:, row])


@every
def test_one_expert_alone_is_returned_as_it_is(aggregator):
    only = experts(order=(1,))
    z = points()
    single = Gaussian(only.gaussians.loc[0], only.gaussians.logvar[0])
    assert torch.allclose(aggregator(only).log_prob(z), single.log_prob(z))


@every
def test_the_density_integrates_to_one(aggregator):
    grid = torch.linspace(-15, 15, 6001)
    fused = aggregator(experts(rows=1, dims=1, prior=0.3))
    density = fused.log_prob(grid.reshape(-1, 1, 1)).squeeze(1).exp()
    assert torch.trapezoid(density, grid) == pytest.approx(1.0, abs=1e-6)


@every
def test_the_mean_is_that_of_its_density(aggregator):
    grid = torch.linspace(-15, 15, 6001)
    fused = aggregator(experts(rows=1, dims=1))
    density = fused.log_prob(grid.reshape(-1, 1, 1)).squeeze(1).exp()
    assert torch.trapezoid(density * grid, grid) == pytest.approx(float(fused.mean), abs=1e-6)


@every
def test_absent_experts_have_no_gradient_even_where_their_values_are_absurd(aggregator):
    loc = torch.zeros(2, 3, 2).index_fill(0, torch.tensor(1), float("nan")).requires_grad_()
    logvar = torch.zeros(2, 3, 2).index_fill(0, torch.tensor(1), float("inf")).requires_grad_()
    present = torch.tensor([True, False]).unsqueeze(1).expand(2, 3)
    made = Experts.weighted(Gaussian(loc, logvar), present, torch.tensor([0.5, 0.5]))
    fused = aggregator(made)
    (fused.log_prob(points(rows=3)).sum() + fused.rsample(Noise(3)).sum()).backward()
    assert (loc.grad[1] == 0).all()
    assert (logvar.grad[1] == 0).all()
    assert loc.grad[0].isfinite().all()


@every
def test_extreme_variances_stay_finite(aggregator):
    logvar = torch.tensor([-80.0, 80.0]).reshape(2, 1, 1).expand(2, 3, 2)
    made = Experts.weighted(
        Gaussian(torch.ones(2, 3, 2), logvar), torch.ones(2, 3, dtype=torch.bool), torch.ones(2)
    )
    fused = aggregator(made)
    assert fused.mean.isfinite().all()
    assert fused.rsample(Noise(3)).isfinite().all()


@pytest.mark.parametrize(
    ("aggregator", "power"), [(GeometricMean(), WEIGHTS), (ProductOfExperts(), [1.0, 1.0, 1.0])]
)
def test_equals_the_normalised_product_on_a_grid(aggregator, power):
    grid = torch.linspace(-15, 15, 6001)
    made = experts(rows=1, dims=1)
    z = grid.reshape(-1, 1, 1)
    pieces = [
        Gaussian(made.gaussians.loc[k], made.gaussians.logvar[k]).log_prob(z) for k in range(3)
    ]
    brute = sum(w * piece for w, piece in zip(power, pieces, strict=True)).squeeze(1).exp()
    brute = brute / torch.trapezoid(brute, grid)
    assert torch.allclose(aggregator(made).log_prob(z).squeeze(1).exp(), brute, atol=1e-9)


def test_the_mixture_is_the_weighted_sum_of_densities():
    made, z = experts(), points()
    pieces = [
        Gaussian(made.gaussians.loc[k], made.gaussians.logvar[k]).log_prob(z).exp()
        for k in range(3)
    ]
    brute = sum(w * piece for w, piece in zip(WEIGHTS, pieces, strict=True)).log()
    assert torch.allclose(MixtureOfExperts()(made).log_prob(z), brute)


def test_weights_are_renormalised_over_what_is_there_prior_included():
    present = torch.tensor([[True], [False], [True]])
    made = experts(rows=1, present=present, prior=0.25)
    wanted = torch.tensor([0.25, 0.5, 0.0, 0.2])
    assert torch.allclose(made.weights.squeeze(1), wanted / wanted.sum())
