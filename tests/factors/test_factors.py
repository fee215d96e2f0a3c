"""The factor analysis with which a training starts."""

import pytest
import torch
from sklearn.linear_model import Ridge

from mmcore.distributions import Evidence, FullGaussian, Gaussian, full_gaussian_kl
from mmcore.factors import Factors, choose, factor_analysis
from mmcore.factors.choice import _folds
from mmcore.noise import Noise


def simulated(rows, columns, dims, noise=0.5, seed=0):
    generator = torch.Generator().manual_seed(seed)
    loadings = torch.randn(columns, dims, generator=generator)
    c = torch.randn(rows, dims, generator=generator)
    x = c @ loadings.T + noise * torch.randn(rows, columns, generator=generator)
    return ((x - x.mean(0)) / x.std(0)).double()


def with_holes(x, share=0.3):
    hidden = torch.rand(x.shape, generator=torch.Generator().manual_seed(1)) < share
    hidden[:, 0] &= ~hidden.all(1)
    return x.masked_fill(hidden, torch.nan)


def test_missing_numbers_have_the_conditional_mean_of_the_joint_normal_distribution():
    model, x = factor_analysis(simulated(200, 9, 3), 3, 1.0), with_holes(simulated(5, 9, 3))
    covariance = model.loadings @ model.loadings.T + model.noise.diag()
    for row, guess in zip(x, model.expected(model.posterior_mean(x)), strict=True):
        seen = ~row.isnan()
        known = torch.linalg.solve(covariance[seen][:, seen], row[seen] - model.offset[seen])
        expected = model.offset + covariance[:, seen] @ known
        torch.testing.assert_close(guess[~seen], expected[~seen])


def test_holes_do_not_bias_the_loadings():
    x = simulated(1500, 6, 2)
    whole, part = (factor_analysis(data, 2, 0.0, rounds=60) for data in (x, with_holes(x)))
    covariances = [m.loadings @ m.loadings.T + m.noise.diag() for m in (whole, part)]
    torch.testing.assert_close(*covariances, atol=0.06, rtol=0)


def test_factors_given_all_numbers_have_no_correlations():
    model = factor_analysis(simulated(200, 9, 3), 4, 1.0)
    precision = model.loadings.T @ (model.loadings / model.noise.unsqueeze(1))
    assert float((precision - precision.diag().diag()).abs().max()) < 1e-6 * float(precision.max())


def test_a_shrunk_model_explains_less_and_a_tempered_posterior_is_nearer_to_0():
    x = simulated(40, 30, 3)
    models = [factor_analysis(x, 3, shrinkage) for shrinkage in (0.0, 100.0)]
    assert models[0].loadings.square().sum() > models[1].loadings.square().sum()
    near, far = (models[0].posterior_mean(x, t).norm() for t in (16.0, 1.0))
    assert near < far


def test_a_given_noise_is_the_penalty_of_ridge_regressions():
    x, noise, temperature = simulated(60, 6, 6, noise=1.0), 0.02, 8.0
    model = factor_analysis(x, 6, 0.0, noise, rounds=400)
    given = x.clone()
    given[:, 4:] = torch.nan
    guess = model.expected(model.posterior_mean(given, temperature))[:, 4:]
    scaled = x[:, :4] - x[:, :4].mean(0)
    ridge = Ridge((temperature - 1) * noise * len(x)).fit(scaled, x[:, 4:])
    torch.testing.assert_close(guess, torch.from_numpy(ridge.predict(scaled)), atol=5e-3, rtol=0)


def test_a_given_noise_leaves_the_variance_of_each_number_as_it_is():
    x = simulated(400, 8, 2)
    model = factor_analysis(x, 2, 0.0, 0.1, rounds=100)
    assert bool((model.noise == 0.1).all())
    variance = model.loadings.square().sum(1) + model.residual
    torch.testing.assert_close(variance, x.var(0, correction=0), atol=5e-3, rtol=0)


def test_each_of_few_rows_is_held_out_once():
    x = torch.arange(46.0).reshape(23, 2).double()
    folds = list(_folds(x, [slice(0, 1), slice(1, 2)], seed=0))
    assert (
        torch.cat([fold.truth for fold in folds])[:, 0].sort().values.tolist() == x[:, 0].tolist()
    )
    assert all(len(fold.train) + len(fold.truth) == len(x) for fold in folds)


def test_more_factors_are_chosen_where_there_are_more():
    few, many = (simulated(150, 16, dims) for dims in (1, 8))
    sizes = [choose({"a": x[:, :8], "b": x[:, 8:]}, 0).dims for x in (few, many)]
    assert sizes[0] < sizes[1]
    assert choose({"a": few}, 0, dims=5, temperature=2.0).dims == 5


def test_a_full_gaussian_is_that_of_torch():
    generator = torch.Generator().manual_seed(0)
    root = torch.randn(4, 3, 3, generator=generator)
    precision = root @ root.mT + torch.eye(3)
    q = FullGaussian.proportional_to(Evidence(torch.randn(4, 3, generator=generator), precision))
    loc = torch.linalg.solve(precision, (q.root @ (q.root.mT @ q.loc.unsqueeze(-1)))).squeeze(-1)
    oracle = torch.distributions.MultivariateNormal(loc, precision_matrix=precision)
    z = torch.randn(7, 4, 3, generator=generator)
    torch.testing.assert_close(q.log_prob(z), oracle.log_prob(z), rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(q.stddev, oracle.stddev, rtol=1e-4, atol=1e-4)
    p = Gaussian(torch.tensor([0.0, 1.0, 2.0]), torch.tensor([0.0, 0.5, -0.5]))
    diagonal = torch.distributions.MultivariateNormal(p.loc, torch.diag(p.logvar.exp()))
    divergence = torch.distributions.kl_divergence(oracle, diagonal)
    torch.testing.assert_close(full_gaussian_kl(q, p), divergence, rtol=1e-4, atol=1e-4)


def test_draws_of_a_full_gaussian_have_its_moments():
    precision = torch.tensor([[2.0, 1.2], [1.2, 1.5]])
    evidence = Evidence(torch.tensor([[1.0, -1.0]]), precision.unsqueeze(0))
    q = FullGaussian.proportional_to(evidence)
    many = FullGaussian(q.loc.expand(40_000, 2), q.root.expand(40_000, 2, 2))
    draws = many.rsample(Noise(40_000))
    torch.testing.assert_close(draws.mean(0), q.loc[0], atol=0.025, rtol=0)
    torch.testing.assert_close(draws.T.cov(), precision.inverse(), atol=0.05, rtol=0)


def test_evidence_adds_up_and_is_nothing_where_a_row_lacks_it():
    q = Gaussian(torch.tensor([[1.0, 2.0]]), torch.tensor([[0.0, 1.0]]))
    both = Evidence.of(q) + Evidence.of(q)
    product = FullGaussian.proportional_to(both)
    torch.testing.assert_close(product.loc, q.loc, rtol=1e-4, atol=0)
    torch.testing.assert_close(product.stddev, q.stddev / 2**0.5, rtol=1e-4, atol=0)
    assert not Evidence.of(q).where(torch.tensor([False])).precision.any()


def test_blocks_of_columns_change_nothing(monkeypatch: pytest.MonkeyPatch):
    x = with_holes(simulated(30, 12, 2))
    whole: Factors = factor_analysis(x, 2, 1.0, rounds=3)
    monkeypatch.setattr("mmcore.factors.analysis.AT_ONCE", 20)
    torch.testing.assert_close(factor_analysis(x, 2, 1.0, rounds=3).loadings, whole.loadings)


def test_intervals_cover_hidden_numbers_of_rows_that_the_model_was_not_fitted_to():
    x, rows, dims = simulated(1000, 24, 2, noise=1.5), 30, 10
    numbers = {"a": x[:rows, :12], "b": x[:rows, 12:]}
    choice = choose(numbers, 0, dims=dims, temperature=1.0)
    model = factor_analysis(x[:rows], dims, choice.shrinkage, choice.noise)
    given = x[rows:].clone()
    given[:, 12:] = torch.nan
    mean, spread = model.predicted(given)

    def covered(factor):
        half = 1.645 * (spread + factor**2 * model.residual).sqrt()
        return float(((mean - x[rows:]).abs() <= half)[:, 12:].double().mean())

    assert covered(1.0) < 0.85
    assert covered(choice.noise_factors["b"]) == pytest.approx(0.9, abs=0.04)
