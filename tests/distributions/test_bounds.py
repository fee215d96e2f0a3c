"""What has no closed form is bounded or estimated, and both are held against each other."""

import pytest
import torch

from mmcore.aggregators import Experts, MixtureOfExperts
from mmcore.distributions import (
    Gaussian,
    gaussian_kl,
    jensen_shannon,
    jensen_shannon_bound,
)
from mmcore.noise import Noise
from mmcore.priors import StandardPrior

pytestmark = pytest.mark.usefixtures("float64")

PI = torch.tensor([0.2, 0.5, 0.3])
REPEATS = 1000


def arithmetic(dims=2, rows=4):
    generator = torch.Generator().manual_seed(0)
    q = Gaussian(
        torch.randn(3, rows, dims, generator=generator).requires_grad_(),
        (0.5 * torch.randn(3, rows, dims, generator=generator)).requires_grad_(),
    )
    experts = Experts.weighted(q, torch.ones(3, rows, dtype=torch.bool), PI.double())
    return experts, MixtureOfExperts()(experts)


def estimate(experts, mean):
    draws = [
        jensen_shannon(experts.gaussians, experts.weights, mean, Noise(4, step=n))
        for n in range(REPEATS)
    ]
    return torch.stack(draws)


def test_the_arithmetic_js_lies_between_zero_and_its_bounds():
    experts, mean = arithmetic()
    draws = estimate(experts, mean).detach()
    value, error = draws.mean(0), 5 * draws.std(0) / REPEATS**0.5
    bound = jensen_shannon_bound(experts.gaussians, experts.weights).detach()
    entropy = -(PI * PI.log()).sum()
    assert (value > -error).all()
    assert (value < entropy + error).all()
    assert (value < bound + error).all()
    assert (bound > value).all()


def test_the_estimate_agrees_with_integration_in_value_and_gradient():
    experts, mean = arithmetic(dims=1)
    grid = torch.linspace(-12, 12, 4001).reshape(-1, 1, 1)
    parts = []
    for k in range(3):
        q = Gaussian(experts.gaussians.loc[k], experts.gaussians.logvar[k])
        ratio = q.log_prob(grid) - mean.log_prob(grid)
        parts.append(PI[k] * torch.trapezoid(q.log_prob(grid).exp() * ratio, grid.flatten(), dim=0))
    exact = sum(parts)
    draws = estimate(experts, mean)
    error = 5 * draws.detach().std(0) / REPEATS**0.5
    assert ((draws.detach().mean(0) - exact.detach()).abs() < error).all()
    parameters = [experts.gaussians.loc, experts.gaussians.logvar]
    wanted = torch.autograd.grad(exact.sum(), parameters)
    actual = torch.autograd.grad(draws.mean(0).sum(), parameters)
    for one, other in zip(wanted, actual, strict=True):
        assert torch.allclose(one, other, atol=0.05)


def test_the_bound_is_the_double_sum_over_pairs():
    experts, _ = arithmetic()
    q = experts.gaussians
    brute = sum(
        PI[j]
        * PI[k]
        * gaussian_kl(Gaussian(q.loc[j], q.logvar[j]), Gaussian(q.loc[k], q.logvar[k]))
        for j in range(3)
        for k in range(3)
    )
    assert torch.allclose(jensen_shannon_bound(q, experts.weights), brute)


def test_the_convex_bound_of_a_mixture_lies_above_its_kl():
    _, mean = arithmetic()
    draws = []
    for n in range(REPEATS):
        z = mean.rsample(Noise(4, step=n))
        prior = Gaussian(torch.zeros_like(z), torch.zeros_like(z))
        draws.append((mean.log_prob(z) - prior.log_prob(z)).detach())
    value = torch.stack(draws)
    bound = StandardPrior(z.shape[-1]).kl(mean, z).detach()
    assert (value.mean(0) < bound + 5 * value.std(0) / REPEATS**0.5).all()
