"""Identities that hold for every aggregator: a new one is one entry of INSTANCES."""

import pytest
import torch
from support.experts import experts, points

from mmcore.aggregators import (
    Consensus,
    Experts,
    GeometricMean,
    HoelderMean,
    LearnedPowerMean,
    MixtureOfBarycenters,
    MixtureOfExperts,
    MixtureOfProducts,
    MomentMatched,
    PowerMean,
    ProductOfExperts,
    WassersteinBarycenter,
)
from mmcore.distributions import Gaussian
from mmcore.noise import Noise

pytestmark = pytest.mark.usefixtures("float64")

INSTANCES = [
    GeometricMean(),
    ProductOfExperts(),
    MixtureOfExperts(),
    MixtureOfProducts(),
    WassersteinBarycenter(),
    PowerMean(),
    PowerMean(0.5),
    PowerMean(-2.0),
    LearnedPowerMean(0.3),
    HoelderMean(),
    MomentMatched(HoelderMean()),
    MomentMatched(MixtureOfExperts()),
    MixtureOfBarycenters(),
    Consensus(0.3),
]
every = pytest.mark.parametrize(
    "aggregator",
    INSTANCES,
    ids=lambda a: f"{type(a).__name__}{vars(a).get('power', '')}{a._modules.get('mixture', '')}",
)


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
    density = fused.log_prob(grid.reshape(-1, 1, 1)).squeeze(1).exp().detach()
    assert torch.trapezoid(density, grid) == pytest.approx(1.0, abs=1e-6)


@every
def test_the_mean_is_that_of_its_density(aggregator):
    grid = torch.linspace(-15, 15, 6001)
    fused = aggregator(experts(rows=1, dims=1))
    density = fused.log_prob(grid.reshape(-1, 1, 1)).squeeze(1).exp().detach()
    mean = float(fused.mean.detach())
    assert torch.trapezoid(density * grid, grid) == pytest.approx(mean, abs=1e-6)


@every
def test_absent_experts_have_no_influence_and_no_gradient(aggregator):
    loc = torch.ones(2, 3, 2).requires_grad_()
    logvar = torch.zeros(2, 3, 2).requires_grad_()
    present = torch.tensor([True, False]).unsqueeze(1).expand(2, 3)
    built = Experts.weighted(Gaussian(loc, logvar), present, torch.tensor([0.5, 0.5]))
    fused = aggregator(built)
    (fused.log_prob(points(rows=3)).sum() + fused.rsample(Noise(3)).sum()).backward()
    assert (loc.grad[1] == 0).all()
    assert (logvar.grad[1] == 0).all()
    assert (loc.grad[0] != 0).all()


@every
def test_extreme_variances_stay_finite(aggregator):
    logvar = torch.tensor([-80.0, 80.0]).reshape(2, 1, 1).expand(2, 3, 2)
    built = Experts.weighted(
        Gaussian(torch.ones(2, 3, 2), logvar), torch.ones(2, 3, dtype=torch.bool), torch.ones(2)
    )
    fused = aggregator(built)
    assert fused.mean.isfinite().all()
    assert fused.rsample(Noise(3)).isfinite().all()
