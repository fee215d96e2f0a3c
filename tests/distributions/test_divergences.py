import pytest
import torch

from mmcore.aggregators import Experts, GeometricMean
from mmcore.distributions import Gaussian, gaussian_kl, jensen_shannon
from mmcore.noise import Noise

pytestmark = pytest.mark.usefixtures("float64")

DRAWS = 40_000


def gaussians(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    loc = torch.randn(*shape, generator=generator).requires_grad_()
    logvar = (0.5 * torch.randn(*shape, generator=generator)).requires_grad_()
    return Gaussian(loc, logvar)


def repeated(q, draws):
    return Gaussian(q.loc.expand(draws, -1), q.logvar.expand(draws, -1))


def agree(samples, exact, tolerance=5.0):
    error = samples.std() / len(samples) ** 0.5
    assert abs(samples.mean() - exact) < tolerance * error + 1e-9


def test_kl_is_zero_only_of_equals():
    q, p = gaussians(5, 3), gaussians(5, 3, seed=1)
    assert torch.allclose(gaussian_kl(q, q), torch.zeros(5))
    assert (gaussian_kl(q, p) > 0).all()


def test_kl_to_the_standard_normal_is_the_special_case():
    q = gaussians(5, 3)
    assert torch.allclose(gaussian_kl(q), gaussian_kl(q, Gaussian.standard_like(q)))


def test_kl_equals_monte_carlo_in_value_and_gradient():
    q, p = gaussians(1, 3), gaussians(1, 3, seed=1)
    exact = gaussian_kl(q, p).sum()
    wide = repeated(q, DRAWS)
    z = wide.rsample(Noise(DRAWS))
    estimates = wide.log_prob(z) - repeated(p, DRAWS).log_prob(z)
    agree(estimates.detach(), exact.detach())
    parameters = [q.loc, q.logvar, p.loc, p.logvar]
    for wanted, actual in zip(
        torch.autograd.grad(exact, parameters),
        torch.autograd.grad(estimates.mean(), parameters),
        strict=True,
    ):
        assert torch.allclose(wanted, actual, atol=0.05)


def test_kl_agrees_with_torch():
    q, p = gaussians(4, 3), gaussians(4, 3, seed=1)
    theirs = torch.distributions.kl_divergence(
        torch.distributions.Normal(q.loc, q.stddev), torch.distributions.Normal(p.loc, p.stddev)
    ).sum(-1)
    assert torch.allclose(gaussian_kl(q, p), theirs)


def geometric(q, weights):
    present = torch.ones(q.loc.shape[:2], dtype=torch.bool)
    experts = Experts.weighted(q, present, torch.tensor(weights))
    return experts, GeometricMean()(experts)


def test_js_equals_monte_carlo_in_value_and_gradient():
    q, weights = gaussians(3, 1, 2), [0.5, 0.3, 0.2]
    experts, mean = geometric(q, weights)
    exact = jensen_shannon(experts.gaussians, experts.weights, mean).sum()
    estimate, variance = torch.zeros(()), 0.0
    for k, weight in enumerate(weights):
        one = Gaussian(q.loc[k].expand(DRAWS, -1), q.logvar[k].expand(DRAWS, -1))
        z = one.rsample(Noise(DRAWS, step=k))
        ratios = one.log_prob(z) - repeated(mean, DRAWS).log_prob(z)
        estimate = estimate + weight * ratios.mean()
        variance += weight**2 * float(ratios.detach().var()) / DRAWS
    assert abs(estimate - exact) < 5 * variance**0.5
    for wanted, actual in zip(
        torch.autograd.grad(exact, [q.loc, q.logvar], retain_graph=True),
        torch.autograd.grad(estimate, [q.loc, q.logvar]),
        strict=True,
    ):
        assert torch.allclose(wanted, actual, atol=0.05)


def test_js_is_the_closed_form_of_the_whole_term():
    q = gaussians(4, 5, 2)
    experts, f = geometric(q, [0.4, 0.3, 0.2, 0.1])
    pi = experts.weights.unsqueeze(-1)
    spread = (pi * (q.logvar.exp() + (q.loc - f.loc) ** 2)).sum(0) / f.logvar.exp()
    whole = 0.5 * (spread - 1 + f.logvar - (pi * q.logvar).sum(0)).sum(-1)
    assert torch.allclose(jensen_shannon(experts.gaussians, experts.weights, f), whole)


def test_js_of_equals_is_zero_and_never_negative():
    q = gaussians(1, 6, 2)
    same = Gaussian(q.loc.expand(3, -1, -1), q.logvar.expand(3, -1, -1))
    experts, f = geometric(same, [0.2, 0.3, 0.5])
    assert torch.allclose(jensen_shannon(same, experts.weights, f), torch.zeros(6))
    other = gaussians(3, 6, 2)
    experts, f = geometric(other, [0.2, 0.3, 0.5])
    assert (jensen_shannon(other, experts.weights, f) > 0).all()
