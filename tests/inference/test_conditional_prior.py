"""The conditional prior: in the linear-Gaussian world, p(c | x_K) of every subset K is known."""

from contextlib import contextmanager

import pytest
import torch
from support.runs import vector_catalogue
from torch import Tensor

from mmcore import Batch, Gaussian, Model, Noise
from mmcore.aggregators import ProductOfExperts
from mmcore.config import ModalityConfig, ModelConfig
from mmcore.data import Source
from mmcore.distributions import gaussian_kl
from mmcore.encoding import Inference
from mmcore.errors import MmcoreError
from mmcore.fusion import Fusion
from mmcore.inference import fit_conditional_prior
from mmcore.inference.representation.conditional_prior import randomly_hidden
from mmcore.inference.representation.posteriors import named_posterior
from mmcore.inference.representation.subsets import subsets
from mmcore.posteriors.conditional import (
    FittedConditional,
    conditional_posterior,
    drawn_styles,
)
from mmcore.priors import StandardPrior
from mmcore.priors.description import PriorDescription
from mmcore.testing import LinearGaussianWorld

NAMES = ("m0", "m1", "m2")
ROWS, TESTED, DRAWS = 1500, 100, 100
SMALL = {"width": 32, "steps": 6}


class ExactForAll(Inference):
    """The exact posterior given all modalities; given fewer, a product that lacks the prior.

    Arguments:
        least: number of given modalities from which it is exact.
        wider: added to the log-variance of the product.
    """

    def __init__(self, wider=0.0, least=3):
        super().__init__()
        self.wider, self.least = wider, least
        self.exact = Fusion(ProductOfExperts(), [1.0] * 3, 1.0, StandardPrior(2))
        self.product = Fusion(ProductOfExperts(), [1.0] * 3)

    def forward(self, encoding, noise=None):
        all_given = (encoding.present.sum(0) >= self.least).unsqueeze(-1)
        one, other = self.exact(encoding), self.product(encoding)
        loc = torch.where(all_given, one.loc, other.loc)
        return Gaussian(loc, torch.where(all_given, one.logvar, other.logvar + self.wider))


class Rows(Source):
    """Rows of the world; every fourth lacks ``m2`` where there are holes."""

    def __init__(self, values, holes=False):
        self.values, self.holes = values, holes

    def __len__(self):
        return len(self.values["m0"])

    def fetch(self, indices, noise):
        present = {"m2": indices % 4 != 1} if self.holes else {}
        return Batch.of({n: x[indices] for n, x in self.values.items()}, present)


def model_with(vectors, style_dim=0):
    settings = {"features": 4, "encoder": "likelihood"}
    kinds = {
        name: ModalityConfig(kind="vector", settings={**settings, "seed": seed})
        for seed, name in enumerate(NAMES)
    }
    config = ModelConfig(modalities=kinds, content_dim=2, style_dim=style_dim)
    model = Model.from_config(config, catalogue=vectors).eval().requires_grad_(False)
    model.generation = ExactForAll()
    return model


@contextmanager
def steps(number):
    """Take fewer steps than a fit to a trained model, as the worlds are small."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mmcore.priors.diffusion.STEPS", number)
        yield


@pytest.fixture(scope="module")
def fitted():
    """A model with a conditional prior that is fitted to complete rows."""
    model = model_with(vector_catalogue())
    source = Rows(LinearGaussianWorld(model.codec).sample(ROWS))
    with steps(300):
        model.fitted_conditional = fit_conditional_prior(model, source, options=SMALL)
    return model


def moments(posterior, encoding):
    many = posterior(encoding.repeat(DRAWS)).rsample(Noise(TESTED * DRAWS))
    draws = many.unflatten(0, (DRAWS, TESTED))
    return Gaussian(draws.mean(0), draws.var(0).log())


def distances(model, posterior):
    """Return the mean KL divergence of a posterior from the exact one, by subset."""
    world = LinearGaussianWorld(model.codec)
    values = world.sample(TESTED, seed=1)
    encoding = model.codec.encode(Batch.of(values))
    return {
        k: float(
            gaussian_kl(
                moments(posterior, encoding.restrict(k)),
                world.posterior({name: values[name] for name in k}),
            ).mean()
        )
        for k in subsets(NAMES)
    }


def require_near(model, most):
    """Check that the conditional posterior is near the exact one, and nearer than the fused one."""
    fused, own = distances(model, model.generation), distances(model, model.conditional)
    assert all(own[k] < most for k in own), own
    for k in [k for k in own if len(k) < model.generation.least]:
        assert fused[k] > 2 * own[k], (k, fused[k], own[k])


def test_given_any_subset_it_is_near_the_exact_posterior_where_the_fused_one_is_not(fitted):
    require_near(fitted, 0.15)
    assert named_posterior(fitted, "conditional") is fitted.conditional


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "options"),
    [("diffusion", {"width": 64, "steps": 10}), ("flow", {"transforms": 1, "width": 32})],
)
@pytest.mark.parametrize("holes", [False, True])
def test_with_more_rows_and_steps_it_is_nearer_also_where_rows_lack_modalities(
    vectors, kind, options, holes
):
    model = model_with(vectors)
    model.generation = ExactForAll(least=2 if holes else 3)  # a row with a hole has two
    source = Rows(LinearGaussianWorld(model.codec).sample(6000), holes)
    model.fitted_conditional = fit_conditional_prior(model, source, kind, options)
    require_near(model, 0.07)


def test_its_density_is_that_of_its_draws(fitted):
    """E_q[log q - log exact] is the divergence, here from draws, elsewhere from the moments."""
    world = LinearGaussianWorld(fitted.codec)
    values = world.sample(TESTED, seed=1)
    given = fitted.codec.encode(Batch.of(values)).restrict(("m1",))
    q, exact = fitted.conditional(given), world.posterior({"m1": values["m1"]})
    z = torch.stack([q.rsample(Noise(TESTED, step=step)) for step in range(20)])
    estimated, own = (
        float((q.log_prob(z) - exact.log_prob(z)).mean()),
        moments(fitted.conditional, given),
    )
    assert estimated == pytest.approx(float(gaussian_kl(own, exact).mean()), abs=0.05)
    assert torch.allclose(q.mean, own.mean, atol=0.5)


def test_styles_that_depend_on_the_content_are_drawn_with_it(vectors):
    """The style of each modality is a multiple of the content, which the priors of the styles ignore."""
    model, generator = model_with(vectors, style_dim=1), torch.Generator().manual_seed(0)
    content = torch.randn(ROWS, 2, generator=generator)
    latent = torch.cat([content, 1.5 * content[:, :1]], 1)
    values = {}
    for name in NAMES:
        m = model.codec[name]
        noise = m.scale * torch.randn(ROWS, m.features, generator=generator)
        values[name] = (latent @ m.loading.T + m.offset + noise).detach()
    source = Rows(values)
    with steps(150):
        fitted = fit_conditional_prior(model, source, options=SMALL)
    assert fitted.description.covers == "all", fitted.description
    given = model.codec.encode(source.fetch(torch.arange(ROWS), Noise(ROWS))).restrict(("m0",))
    drawn = fitted.posterior(given).rsample(Noise(ROWS))
    styles = drawn_styles(model.codec, fitted.posterior, given, drawn, Noise(ROWS))
    assert torch.corrcoef(torch.stack([drawn[:, 0], styles["m2"][:, 0]]))[0, 1] > 0.5
    many = drawn_styles(model.codec, fitted.posterior, given, drawn, Noise(ROWS), 3)
    assert many["m2"].shape == (ROWS, 3, 1)


def test_it_is_a_function_of_weights_samples_and_seed(vectors):
    model = model_with(vectors, style_dim=1)
    model.generation = ExactForAll(wider=-9.0)  # so that any fit is better
    source = Rows(LinearGaussianWorld(model.codec).sample(60), holes=True)

    def fitted(seed, globally, styles=True):
        torch.manual_seed(globally)
        with steps(20):
            own = fit_conditional_prior(model, source, options=SMALL, seed=seed, styles=styles)
        return own.posterior.densities.state_dict()

    one, again, other = fitted(0, 1), fitted(0, 2), fitted(1, 1)
    assert all(torch.equal(value, again[name]) for name, value in one.items())
    assert not all(torch.equal(value, other[name]) for name, value in one.items() if name in other)
    alone = fitted(0, 1, styles=False)
    assert {name for name in one if not name.startswith("styles.")} == set(alone)


def test_it_is_saved_with_the_model_and_used_to_translate(vectors, tmp_path):
    model = Model.from_config(model_with(vectors, style_dim=1).config, catalogue=vectors).eval()
    description = PriorDescription(kind="flow", options={"transforms": 1}, covers="all")
    posterior = conditional_posterior(description, model.context, model.generation)
    model.fitted_conditional = FittedConditional(description, posterior)
    model.save_pretrained(tmp_path)
    loaded = Model.from_pretrained(tmp_path, catalogue=vectors)
    given = {"m0": LinearGaussianWorld(model.codec).sample(5)["m0"]}
    own, other = model.translate(given), loaded.translate(given)
    assert all(torch.equal(own[name], other[name]) for name in NAMES)
    loaded.fitted_conditional = None
    assert not torch.equal(own["m1"], loaded.translate(given)["m1"])
    loaded.save_pretrained(tmp_path)
    assert Model.from_pretrained(tmp_path, catalogue=vectors).fitted_conditional is None


def test_of_each_row_some_but_not_all_modalities_stay(vectors):
    model = model_with(vectors)
    source = Rows(LinearGaussianWorld(model.codec).sample(3000), holes=True)
    encoding = model.codec.encode(source.fetch(torch.arange(3000), Noise(3000)))
    hidden: Tensor = randomly_hidden(encoding, Noise(3000)).present
    assert bool(hidden.any(0).all())
    assert not bool((hidden & ~encoding.present).any())
    of_three = hidden[:, encoding.present.all(0)]
    sizes = of_three.sum(0).bincount(minlength=4)[1:] / of_three.shape[1]
    assert torch.allclose(sizes, torch.full((3,), 1 / 3), atol=0.04)
    assert torch.allclose(of_three.float().mean(1), torch.full((3,), 2 / 3), atol=0.04)


def test_what_cannot_be_fitted_is_refused_or_left_out(vectors):
    model = model_with(vectors)
    source = Rows(LinearGaussianWorld(model.codec).sample(40))
    assert fit_conditional_prior(model, source, "standard") is None
    assert fit_conditional_prior(model, source, rows=9) is None
    with pytest.raises(MmcoreError, match="'mixture' cannot depend on given modalities; choose"):
        fit_conditional_prior(model, source, "mixture")
    with pytest.raises(MmcoreError, match="mmcore prior fit RUN --conditional"):
        named_posterior(model, "conditional")
