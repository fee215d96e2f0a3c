"""Priors other than N(0, I): divergences, objectives, likelihoods and generation use them."""

import math

import pytest
import torch
from torch import nn

from mmcore import Batch, Gaussian, Mixture, Model, Noise, Prior
from mmcore.aggregators import ProductOfExperts
from mmcore.codec import Codec
from mmcore.config import ModalityConfig, ModelConfig
from mmcore.errors import MmcoreError
from mmcore.fusion import Fusion
from mmcore.inference.explanation.information import information
from mmcore.inference.likelihood.importance_sampling import log_likelihood
from mmcore.objectives import Elbo, StyleTraining, SubsetElbos, TermWeights
from mmcore.priors import ClusterPrior, StandardPrior
from mmcore.testing import VECTORS, LinearGaussianWorld, catalogue_of

MEAN, SCALE = 0.7, 0.6
ROWS, DRAWS = 5, 20_000


class Shifted(Prior):
    """N(m, s^2 I), with or without its closed forms."""

    def __init__(self, dims, *, closed=True, mean=MEAN, scale=SCALE):
        super().__init__()
        self.dims, self.closed = dims, closed
        self.loc = nn.Parameter(torch.full((dims,), float(mean)))
        self.logvar = nn.Parameter(torch.full((dims,), 2 * math.log(scale)))

    def sample(self, noise, stream, *draws):
        eps = noise.normal(stream, *draws, self.dims)
        return self.loc + torch.exp(0.5 * self.logvar) * eps

    def log_prob(self, z):
        return Gaussian(self.loc, self.logvar).log_prob(z)

    def gaussian(self):
        return Gaussian(self.loc, self.logvar) if self.closed else None


def posterior(dims=3):
    generator = torch.Generator().manual_seed(0)
    loc, logvar = torch.randn(2, ROWS, dims, generator=generator).unbind(0)
    return Gaussian(loc.requires_grad_(), (0.3 * logvar).detach().requires_grad_())


def repeated(q, draws):
    """Return every row of a Gaussian, or of a mixture of one component, many times."""
    if isinstance(q, Mixture):
        return Mixture(repeated(q.components, draws), q.weights.repeat(1, draws), q.members)
    copies = [*[1] * (q.loc.dim() - 2), draws, 1]
    return Gaussian(q.loc.repeat(copies), q.logvar.repeat(copies))


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("kind", ["gaussian", "mixture"])
def test_an_estimated_divergence_has_the_value_and_gradient_of_the_closed_form(kind):
    q, exact, estimated = posterior(), Shifted(3), Shifted(3, closed=False)
    if kind == "mixture":  # of one component, whose bound is its divergence
        one = Gaussian(q.loc.unsqueeze(0), q.logvar.unsqueeze(0))
        q = Mixture(one, torch.ones(1, ROWS), torch.ones(1, 1, dtype=torch.bool))
    value = exact.kl(q, q.mean).sum()
    wanted = torch.autograd.grad(value, [exact.loc, exact.logvar])
    many = repeated(q, DRAWS)
    estimate = estimated.kl(many, many.rsample(Noise(ROWS * DRAWS))).sum() / DRAWS
    gradients = torch.autograd.grad(estimate, [estimated.loc, estimated.logvar])
    assert torch.allclose(estimate, value, rtol=0.02)
    for mine, theirs in zip(gradients, wanted, strict=True):
        assert torch.allclose(mine, theirs, rtol=0.05, atol=0.05)


def world_with(prior):
    """A linear-Gaussian world with another prior: c ~ N(m, s^2 I)."""
    world = LinearGaussianWorld.of(2, content_dim=2, features=4, encoder="likelihood")
    codec = Codec(world.codec.modalities, world.codec.style_dims, prior)
    return LinearGaussianWorld(codec)


def exact_log_prob(world, values):
    """Return log p(X) of x = A c + b + noise with c ~ N(m, s^2 I)."""
    loadings = torch.cat([world.codec[n].loading for n in world.codec.names]).detach()
    offsets = torch.cat([world.codec[n].offset for n in world.codec.names]).detach()
    noise = torch.eye(len(offsets)) * world.codec["m0"].scale ** 2
    mean = offsets + loadings @ torch.full((2,), MEAN)
    covariance = SCALE**2 * loadings @ loadings.T + noise
    x = torch.cat(list(values.values()), dim=-1)
    return torch.distributions.MultivariateNormal(mean, covariance).log_prob(x)


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("closed", [True, False])
def test_the_likelihood_is_that_of_the_model_with_this_prior(closed):
    prior = Shifted(2, closed=closed)
    world = world_with(prior)
    values = world.sample(ROWS)
    encoding = world.codec.encode(Batch.of(values))
    weight = 1.0 if closed else None  # only a Gaussian prior is an expert
    proposal = Fusion(ProductOfExperts(), [1.0, 1.0], weight, prior)
    estimate = log_likelihood(
        world.codec,
        proposal,
        encoding,
        world.codec.names,
        Noise(ROWS),
        20_000 if not closed else 50,
    )
    exact = exact_log_prob(world, values)
    if closed:  # the product with the prior is the exact posterior, so that every weight is p(X)
        assert torch.allclose(estimate.log_p, exact)
    else:
        assert ((estimate.log_p - exact).abs() < 5 * estimate.draw_error + 1e-3).all()


@pytest.mark.usefixtures("float64")
def test_information_is_measured_from_this_prior():
    prior = Shifted(2)
    world = world_with(prior)
    present = {"m1": torch.zeros(ROWS, dtype=torch.bool)}
    encoding = world.codec.encode(Batch.of(world.sample(ROWS), present))
    joint = Fusion(ProductOfExperts(), [1.0, 1.0], 1.0, prior)
    q = joint(encoding)
    nats = information(prior, joint, encoding, Noise(ROWS)).nats[0]
    assert torch.allclose(nats, prior.gaussian_kl(q))
    estimated = information(Shifted(2, closed=False), joint, encoding, Noise(ROWS)).nats[0]
    assert ((estimated - nats).abs() < 0.5 + 0.3 * nats).all()


@pytest.mark.parametrize("objective", ["elbo", "subsets"])
def test_objectives_learn_the_prior_and_ignore_missing_modalities(objective):
    """At the exact posterior and for beta = 1 the ELBO is log p(X), with this prior."""
    prior = Shifted(2)
    world = world_with(prior)
    ones = dict.fromkeys(world.codec.names, 1.0)
    weights, styles = TermWeights(1.0, ones, ones), StyleTraining(0.0, 1.0)
    joint = Fusion(ProductOfExperts(), [1.0, 1.0], 1.0, prior)
    values = world.sample(ROWS)
    loss = (
        Elbo(joint, weights, styles)
        if objective == "elbo"
        else SubsetElbos(weights, styles, unimodal=False, random_subsets=0)
    )
    many = {name: x.repeat(3000, 1) for name, x in values.items()}
    terms = loss(world.codec, Batch.of(many), Noise(ROWS * 3000), 1.0)
    bound = -terms.loss.detach().reshape(3000, ROWS).mean(0)
    assert torch.allclose(bound, exact_log_prob(world, values), atol=0.3)
    terms.loss.mean().backward()
    assert prior.loc.grad.isfinite().all()
    assert prior.loc.grad.any()


def test_a_prior_that_is_not_gaussian_is_refused_as_an_expert_in_one_sentence():
    with pytest.raises(MmcoreError, match="Shifted is not Gaussian and cannot be an expert"):
        Fusion(ProductOfExperts(), [1.0], 1.0, Shifted(2, closed=False))


def test_the_model_generates_from_its_priors():
    config = ModelConfig(
        modalities={v.name: ModalityConfig(kind=v.name) for v in VECTORS},
        content_dim=2,
        style_dim=1,
    )
    model = Model.from_config(config, catalogue=catalogue_of(*VECTORS))
    assert isinstance(model.prior, StandardPrior)
    before = model.generate(4)
    model.codec.prior = Shifted(2, mean=3.0)
    after = model.generate(4)
    content = StandardPrior(2).sample(Noise(4).at("generate"), "content")
    shifted = Shifted(2, mean=3.0).sample(Noise(4).at("generate"), "content")
    styles = model.random_styles(Noise(4).at("generate"))
    for name in model.names:
        assert torch.equal(before[name], model.decode(content, styles)[name])
        assert torch.equal(after[name], model.decode(shifted, styles)[name])
        assert not torch.equal(before[name], after[name])


def test_the_log_density_of_clusters_is_that_of_cmvae():
    """E_q(k|c) [log p(c|k) + log w_k - log q(k|c)] with the exact q(k|c)."""
    torch.manual_seed(0)
    prior = ClusterPrior(3, 4)
    with torch.no_grad():
        prior.logits.copy_(torch.tensor([0.0, 1.0, 2.0, -1.0]))
    z = torch.randn(7, 5, 3)
    each = torch.stack([Gaussian(m, torch.zeros(3)).log_prob(z) for m in prior.means], dim=-1)
    log_w = prior.logits.log_softmax(0)
    log_q = (each + log_w).log_softmax(-1)
    wanted = (log_q.exp() * (each + log_w - log_q)).sum(-1)
    assert torch.allclose(prior.log_prob(z), wanted, atol=1e-5)


def test_one_cluster_at_zero_is_the_standard_prior():
    prior, z = ClusterPrior(3, 1), torch.randn(7, 5, 3)
    with torch.no_grad():
        prior.means.zero_()
    assert torch.allclose(prior.log_prob(z), StandardPrior(3).log_prob(z))
