"""Fitted priors: in the linear-Gaussian world their density, and log p(X) under them, are known."""

import math

import pytest
import torch
from sklearn.datasets import make_blobs

from mmcore import Batch, Noise
from mmcore.aggregators import ProductOfExperts
from mmcore.fusion import Fusion
from mmcore.inference.likelihood.importance_sampling import log_likelihoods
from mmcore.inference.likelihood.mixture_proposals import mixture_log_likelihoods
from mmcore.priors import IndependentPrior, JointPrior, StandardPrior
from mmcore.priors.mixture import MixturePrior
from mmcore.testing import LinearGaussianWorld

pytestmark = pytest.mark.usefixtures("float64")

SCALE = 0.5
"""Of the content of the data; the model was trained with N(0, I)."""


def narrow(rows, seed=0):
    """Return the world, and data whose content is N(0, SCALE^2 I)."""
    world = LinearGaussianWorld.of(2, content_dim=2, features=4, encoder="likelihood")
    generator = torch.Generator().manual_seed(seed)
    content = SCALE * torch.randn(rows, 2, generator=generator)
    values = {}
    for name in world.codec.names:
        m = world.codec[name]
        noise = m.scale * torch.randn(rows, m.features, generator=generator)
        values[name] = (content @ m.loading.T + m.offset + noise).detach()
    return world, values


def log_p(world, values, covariance):
    """Return the exact log p(X) where the content is N(0, covariance)."""
    loading = torch.cat([world.codec[n].loading for n in world.codec.names]).detach()
    offset = torch.cat([world.codec[n].offset for n in world.codec.names]).detach()
    noise = torch.eye(len(offset)) * world.codec["m0"].scale ** 2
    whole = loading @ covariance @ loading.T + noise
    x = torch.cat(list(values.values()), dim=-1)
    return torch.distributions.MultivariateNormal(offset, whole).log_prob(x)


def fitted(draws, components=1, seed=0):
    prior = MixturePrior(draws.shape[1], components)
    prior.fit(draws[::2], draws[1::2], Noise(len(draws), seed=seed))
    return prior.eval()


def test_a_fitted_gaussian_has_the_moments_of_the_aggregate_posterior():
    world, values = narrow(40_000)
    posterior = Fusion(ProductOfExperts(), [1.0, 1.0], 1.0, StandardPrior(2))
    q = posterior(world.codec.encode(Batch.of(values)))
    prior = fitted(q.rsample(Noise(40_000)).detach())
    # q(c | X) is exact: the mean is linear in X, and its variance 1 / precision is that of every row.
    precision = q.logvar[0].neg().exp()
    gain = 1 - 1 / precision  # share of the likelihood in the posterior mean
    spread = gain**2 * SCALE**2 + gain / precision
    wanted = torch.diag(spread + 1 / precision)
    inverse = torch.linalg.inv(prior._triangular[0])
    assert torch.allclose(inverse @ inverse.T, wanted, atol=0.02)
    assert torch.allclose(prior.loc[0], torch.zeros(2), atol=0.02)
    exact = torch.distributions.MultivariateNormal(torch.zeros(2), wanted)
    z = prior.sample(Noise(50), "z").detach()
    assert torch.allclose(prior.log_prob(z), exact.log_prob(z), rtol=0.05, atol=0.05)


def test_log_p_under_a_fitted_prior_is_exact_and_better_by_the_known_amount():
    world, values = narrow(4000)
    truth = SCALE * torch.randn(40_000, 2, generator=torch.Generator().manual_seed(1))
    prior = fitted(truth)
    inverse = torch.linalg.inv(prior._triangular[0])
    covariance = (inverse @ inverse.T).detach()
    encoding = world.codec.encode(Batch.of(values))
    posterior = Fusion(ProductOfExperts(), [1.0, 1.0], 1.0, StandardPrior(2))
    none = dict.fromkeys(world.codec.names, StandardPrior(0))
    priors = [world.codec.latent_prior, IndependentPrior(prior, none)]
    names, noise = world.codec.names, Noise(4000)
    own, new = log_likelihoods(world.codec, posterior, encoding, names, noise, 200, priors=priors)
    gain = log_p(world, values, SCALE**2 * torch.eye(2)) - log_p(world, values, torch.eye(2))
    assert torch.allclose(own.log_p, log_p(world, values, torch.eye(2)))  # every weight is p(X)
    exact = log_p(world, values, covariance)
    assert ((new.log_p - exact).abs() < 6 * new.draw_error + 1e-6).all()
    assert gain.mean() > 0.1
    assert abs(float((new.log_p - own.log_p).mean() - gain.mean())) < 0.02


@pytest.mark.parametrize("pooled", [False, True])
def test_a_joint_prior_of_independent_parts_gives_the_same_log_p(pooled):
    world = LinearGaussianWorld.of(2, content_dim=2, features=4, encoder="likelihood", style_dim=1)
    present = {"m1": torch.tensor([True, False, True])}
    encoding = world.codec.encode(Batch.of(world.sample(3), present))
    priors = [world.codec.latent_prior, JointPrior(StandardPrior(4), 2, {"m0": 1, "m1": 1})]
    if pooled:
        (estimates,) = mixture_log_likelihoods(
            world.codec, torch.ones(2), encoding, [("m0",)], Noise(3), 20, priors=priors
        ).values()
    else:
        posterior = Fusion(ProductOfExperts(), [1.0, 1.0])
        estimates = log_likelihoods(
            world.codec, posterior, encoding, ("m0",), Noise(3), 20, priors=priors
        )
    assert torch.allclose(estimates[0].log_p, estimates[1].log_p)


def test_the_number_of_components_is_that_of_the_data():
    points, _ = make_blobs(3000, 2, centers=[[0, 0], [8, 0], [0, 8]], random_state=0)
    draws = torch.as_tensor(points)
    prior = MixturePrior(2)
    prior.fit(draws[:2000], draws[2000:], Noise(2000))
    assert prior.portable_settings["components"] == 3
    assert torch.allclose(prior.logits.softmax(0), torch.full((3,), 1 / 3), atol=0.03)
    entropy = math.log(3) + 1 + math.log(2 * math.pi)
    assert float(prior.log_prob(draws).detach().mean()) == pytest.approx(-entropy, abs=0.05)


def test_a_fit_is_a_function_of_draws_and_seed_and_is_loaded_into_a_new_prior():
    draws = torch.randn(400, 3, generator=torch.Generator().manual_seed(0))
    one, again = fitted(draws, None), fitted(draws, None)
    for name, value in one.state_dict().items():
        assert torch.equal(value, again.state_dict()[name])
    other = MixturePrior(3, **one.portable_settings)
    other.load_state_dict(one.state_dict())
    assert torch.equal(other.sample(Noise(5), "z"), one.sample(Noise(5), "z"))


@pytest.mark.parametrize("scale", [0.0, 1.0, 1e6])
def test_equal_and_collinear_draws_have_a_density(scale):
    line = scale * torch.randn(300, 1, generator=torch.Generator().manual_seed(0))
    draws = torch.cat([line, 2 * line, torch.ones(300, 1)], 1)
    prior = fitted(draws, None)
    assert prior.log_prob(draws).isfinite().all()
    assert prior.sample(Noise(5), "z").isfinite().all()
