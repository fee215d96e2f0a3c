"""Each mean of experts is what its formula states."""

import pytest
import torch
from support.experts import WEIGHTS, experts, points

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
from mmcore.aggregators.subsets import all_subsets, barycenters, products, sampled_subsets
from mmcore.distributions import Gaussian, jensen_shannon
from mmcore.noise import Noise

pytestmark = pytest.mark.usefixtures("float64")


@pytest.mark.parametrize(
    ("aggregator", "power"), [(GeometricMean(), WEIGHTS), (ProductOfExperts(), [1.0, 1.0, 1.0])]
)
def test_equals_the_normalized_product_on_a_grid(aggregator, power):
    grid = torch.linspace(-15, 15, 6001)
    built = experts(rows=1, dims=1)
    z = grid.reshape(-1, 1, 1)
    pieces = [
        Gaussian(built.gaussians.loc[k], built.gaussians.logvar[k]).log_prob(z) for k in range(3)
    ]
    brute = sum(w * piece for w, piece in zip(power, pieces, strict=True)).squeeze(1).exp()
    brute = brute / torch.trapezoid(brute, grid)
    assert torch.allclose(aggregator(built).log_prob(z).squeeze(1).exp(), brute, atol=1e-9)


def test_the_mixture_is_the_weighted_sum_of_densities():
    built, z = experts(), points()
    pieces = [
        Gaussian(built.gaussians.loc[k], built.gaussians.logvar[k]).log_prob(z).exp()
        for k in range(3)
    ]
    brute = sum(w * piece for w, piece in zip(WEIGHTS, pieces, strict=True)).log()
    assert torch.allclose(MixtureOfExperts()(built).log_prob(z), brute)


def test_weights_are_renormalized_over_what_is_there_prior_included():
    present = torch.tensor([[True], [False], [True]])
    built = experts(rows=1, present=present, prior=0.25)
    wanted = torch.tensor([0.25, 0.5, 0.0, 0.2])
    assert torch.allclose(built.weights.squeeze(1), wanted / wanted.sum())


def test_the_power_mean_of_minus_one_is_the_geometric_mean():
    built, z = experts(prior=0.3), points()
    assert torch.allclose(PowerMean(-1.0)(built).log_prob(z), GeometricMean()(built).log_prob(z))


def test_experts_that_all_weigh_nothing_weigh_the_same():
    """The first row has two of them, the second one, the third one beside an expert of weight."""
    gaussians = Gaussian(torch.zeros(3, 3, 2), torch.zeros(3, 3, 2))
    present = torch.tensor([[True, True, False], [True, False, True], [False, False, True]])
    built = Experts.weighted(gaussians, present, torch.tensor([0.0, 0.0, 0.7]))
    wanted = torch.tensor([[0.5, 1.0, 0.0], [0.5, 0.0, 0.0], [0.0, 0.0, 1.0]])
    assert torch.allclose(built.weights, wanted, rtol=0, atol=1e-12)


def test_the_power_mean_is_continuous_at_zero():
    built, z = experts(), points()
    near = PowerMean(1e-6)(built).log_prob(z)
    assert torch.allclose(PowerMean(0.0)(built).log_prob(z), near, atol=1e-4)


def test_the_barycenter_minimizes_the_sum_of_squared_wasserstein_distances():
    built = experts(rows=1, dims=1)
    q = built.gaussians

    def cost(loc, stddev):
        distance = (q.loc - loc) ** 2 + (q.stddev - stddev) ** 2
        return float((built.weights.unsqueeze(-1) * distance).sum())

    f = WassersteinBarycenter()(built)
    best = cost(f.loc, f.stddev)
    for step in (-0.01, 0.01):
        assert best < cost(f.loc + step, f.stddev)
        assert best < cost(f.loc, f.stddev + step)


def test_products_equal_the_product_of_each_subset_by_itself():
    built = experts()
    members = all_subsets(3, torch.device("cpu"))
    fused, present = products(built.gaussians, built.present, members)
    assert present.all()
    assert len(members) == 7
    for index, subset in enumerate(members):
        alone = ProductOfExperts()(experts(order=subset.nonzero().squeeze(1).tolist()))
        assert torch.allclose(fused.loc[index], alone.loc)
        assert torch.allclose(fused.logvar[index], alone.logvar)


def test_a_mixture_of_products_of_singletons_is_the_mixture_and_of_the_full_set_the_product():
    built, z = experts(order=(0,)), points()
    assert torch.allclose(
        MixtureOfProducts()(built).log_prob(z), MixtureOfExperts()(built).log_prob(z)
    )
    three = experts()
    whole = torch.ones(1, 3, dtype=torch.bool)
    fused, _ = products(three.gaussians, three.present, whole)
    assert torch.allclose(fused.loc[0], ProductOfExperts()(three).loc)
    with_prior, _ = products(
        three.gaussians, three.present, whole, Gaussian(torch.zeros(2), torch.zeros(2))
    )
    joint = ProductOfExperts()(experts(prior=1.0))
    assert torch.allclose(with_prior.loc[0], joint.loc)
    assert torch.allclose(with_prior.logvar[0], joint.logvar)
    single, _ = products(three.gaussians, three.present, torch.eye(3, dtype=torch.bool))
    assert torch.allclose(single.loc, three.gaussians.loc)


def test_sampled_subsets_hold_every_expert_in_half_and_are_unbiased():
    chosen = torch.stack([sampled_subsets(4, 8, Noise(1, step=n)) for n in range(4000)])
    assert (chosen.sum(1) == 4).all()
    codes = (chosen * 2 ** torch.arange(4)).sum(-1)
    share = codes.flatten().bincount(minlength=16) / codes.numel()
    assert (share - 1 / 16).abs().max() < 5 * (1 / 16 / codes.numel()) ** 0.5


def test_a_sampled_mixture_of_products_is_unbiased_for_kl():
    from mmcore.distributions import gaussian_kl

    generator = torch.Generator().manual_seed(1)
    q = Gaussian(torch.randn(5, 3, 2, generator=generator), torch.zeros(5, 3, 2))
    present = torch.rand(5, 3, generator=generator) > 0.4
    present[0] = True
    q = q.where(present)

    def mean_kl(aggregator, noise=None):
        mixture = aggregator(Experts.weighted(q, present, torch.ones(5), noise=noise))
        return (mixture.weights * gaussian_kl(mixture.components)).sum(0)

    exact = mean_kl(MixtureOfProducts())
    sampled = MixtureOfProducts(limit=2, samples=16)
    draws = torch.stack([mean_kl(sampled, Noise(3, step=n)) for n in range(2000)])
    assert ((draws.mean(0) - exact).abs() < 5 * draws.std(0) / 2000**0.5 + 1e-9).all()


@pytest.mark.parametrize("prior", [None, 0.4])
def test_the_hoelder_mean_is_the_normalized_square_of_the_mean_of_square_roots(prior):
    grid = torch.linspace(-15, 15, 6001)
    built, z = experts(rows=1, dims=1, prior=prior), grid.reshape(-1, 1, 1)
    q = built.gaussians
    roots = [Gaussian(q.loc[k], q.logvar[k]).log_prob(z).mul(0.5).exp() for k in range(len(q.loc))]
    brute = sum(w * root for w, root in zip(built.weights, roots, strict=True)).squeeze(1) ** 2
    brute = brute / torch.trapezoid(brute, grid)
    assert torch.allclose(HoelderMean()(built).log_prob(z).squeeze(1).exp(), brute, atol=1e-9)


def test_the_hoelder_mean_of_distant_experts_is_their_mixture_with_finite_gradients():
    loc = torch.tensor([0.0, 200.0]).reshape(2, 1, 1).expand(2, 3, 2).clone().requires_grad_()
    q = Gaussian(loc, torch.zeros(2, 3, 2))
    built = Experts.weighted(q, torch.ones(2, 3, dtype=torch.bool), torch.tensor([0.5, 0.5]))
    z = points(rows=3) + 200 * torch.arange(2).repeat(5)[:9].reshape(9, 1, 1)
    actual = HoelderMean()(built).log_prob(z)
    assert torch.allclose(actual, MixtureOfExperts()(built).log_prob(z))
    actual.sum().backward()
    assert loc.grad.isfinite().all()


@pytest.mark.parametrize("mixture", [HoelderMean(), MixtureOfExperts()])
def test_matched_moments_are_those_of_the_density(mixture):
    grid = torch.linspace(-15, 15, 6001)
    built = experts(rows=1, dims=1)
    density = mixture(built).log_prob(grid.reshape(-1, 1, 1)).squeeze(1).exp()
    matched = MomentMatched(mixture)(built)
    loc = torch.trapezoid(density * grid, grid)
    variance = torch.trapezoid(density * (grid - loc) ** 2, grid)
    assert torch.allclose(matched.loc, loc, atol=1e-7)
    assert torch.allclose(matched.logvar.exp(), variance, atol=1e-7)


def test_no_gaussian_has_a_smaller_divergence_than_the_moments_of_the_mixture():
    built = experts(rows=3, dims=2, prior=0.3)
    best = MomentMatched(MixtureOfExperts())(built)
    least = jensen_shannon(built.gaussians, built.weights, best)
    for step in (-0.05, 0.05):
        for other in (
            Gaussian(best.loc + step, best.logvar),
            Gaussian(best.loc, best.logvar + step),
        ):
            assert (least < jensen_shannon(built.gaussians, built.weights, other)).all()
    for mean in (
        GeometricMean(),
        PowerMean(0.5),
        WassersteinBarycenter(),
        MomentMatched(HoelderMean()),
    ):
        assert (least < jensen_shannon(built.gaussians, built.weights, mean(built))).all()


def test_barycenters_equal_the_barycenter_of_each_subset_by_itself():
    built, members = experts(), all_subsets(3, torch.device("cpu"))
    fused, available = barycenters(built.gaussians, built.present, built.weights, members)
    assert available.all()
    for index, subset in enumerate(members):
        alone = WassersteinBarycenter()(experts(order=subset.nonzero().squeeze(1).tolist()))
        assert torch.allclose(fused.loc[index], alone.loc)
        assert torch.allclose(fused.logvar[index], alone.logvar)


@pytest.mark.parametrize("correlation", [0.0, 0.3, 0.9])
def test_the_consensus_inverts_the_covariance_of_the_errors(correlation):
    built = experts()
    q, fused = built.gaussians, Consensus(correlation)(built)
    deviation = q.stddev.permute(1, 2, 0)
    r = torch.full((3, 3), correlation).fill_diagonal_(1.0)
    precision = torch.linalg.inv(deviation.unsqueeze(-1) * r * deviation.unsqueeze(-2)).sum(-1)
    wanted = (precision * q.loc.permute(1, 2, 0)).sum(-1) / precision.sum(-1)
    assert torch.allclose(fused.loc, wanted)
    assert torch.allclose(fused.logvar, -precision.sum(-1).log())


def test_the_consensus_of_independent_experts_is_their_product():
    built, z = experts(prior=1.0), points()
    assert torch.allclose(Consensus(0.0)(built).log_prob(z), ProductOfExperts()(built).log_prob(z))


@pytest.mark.parametrize("power", [-2.0, -1.0, 0.5])
def test_a_learned_power_starts_as_that_power(power):
    built, z = experts(prior=0.3), points()
    assert torch.allclose(
        LearnedPowerMean(power)(built).log_prob(z), PowerMean(power)(built).log_prob(z)
    )


def test_a_learned_power_passes_through_zero():
    built = experts()
    for power in (-1e-3, 0.0, 1e-3):
        mean = LearnedPowerMean(power)
        fused = mean(built)
        assert torch.allclose(fused.logvar, PowerMean(0.0)(built).logvar, atol=0.01)
        (gradient,) = torch.autograd.grad(fused.logvar.sum(), mean.power)
        # d/dp of log sigma_f^2 at 0 is half the variance of the log-variances
        spread = built.gaussians.logvar - fused.logvar
        wanted = 0.5 * (built.weights.unsqueeze(-1) * spread**2).sum()
        assert float(gradient) == pytest.approx(float(wanted.detach()), rel=0.05)


@pytest.mark.parametrize(
    ("aggregator", "nats"),
    [(ProductOfExperts(), 0.807), (MixtureOfProducts(), 0.085), (GeometricMean(), 0.0)],
)
def test_the_divergence_of_equal_experts_is_zero_for_a_mean_only(aggregator, nats):
    """Three experts and the prior, all N(0, 1): the figures of docs/methods.md."""
    q = Gaussian(torch.zeros(4, 1, 1), torch.zeros(4, 1, 1))
    built = Experts.weighted(q, torch.ones(4, 1, dtype=torch.bool), torch.ones(4))
    grid = torch.linspace(-15, 15, 6001)
    z = grid.reshape(-1, 1, 1)
    log_q = Gaussian(q.loc[0], q.logvar[0]).log_prob(z).squeeze(1)
    log_f = aggregator(built).log_prob(z).squeeze(1)
    actual = torch.trapezoid(log_q.exp() * (log_q - log_f), grid)
    assert float(actual) == pytest.approx(nats, abs=1e-3)
    assert aggregator.is_mean == (nats == 0.0)


@pytest.mark.parametrize(
    ("mixture", "limit"),
    [(MixtureOfExperts(), 3), (HoelderMean(), 3), (MixtureOfBarycenters(), 2**3 - 1)],
)
def test_the_divergence_from_a_mixture_is_limited(mixture, limit):
    """Three experts that do not overlap, equal weights: the limits of docs/which-prior.md."""
    loc = torch.tensor([0.0, 1000.0, 5000.0]).reshape(3, 1, 1)
    q = Gaussian(loc, torch.zeros(3, 1, 1))
    built = Experts.weighted(q, torch.ones(3, 1, dtype=torch.bool), torch.ones(3))
    js = jensen_shannon(q, built.weights, mixture(built), Noise(1))
    assert float(js) == pytest.approx(float(torch.tensor(float(limit)).log()))
