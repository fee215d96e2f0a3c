import math

import pytest
import torch

from mmcore import Batch, Model, Noise
from mmcore.aggregators import MixtureOfExperts
from mmcore.codec import Codec
from mmcore.config import ModalityConfig, ModelConfig
from mmcore.distributions import gaussian_kl, jensen_shannon
from mmcore.fusion import Fusion
from mmcore.plugins import Context
from mmcore.priors import StandardPrior
from mmcore.testing import LinearGaussianWorld
from mmcore.testing.linear_gaussian import LinearGaussian, LinearGaussianSettings

pytestmark = pytest.mark.usefixtures("float64")


def model_of(catalogue, modalities, *, style_dim=0, order=None, **options):
    names = order or [f"m{i}" for i in range(modalities)]
    config = ModelConfig(
        modalities={
            name: ModalityConfig(kind="vector", settings={"seed": int(name[1:]), "features": 6})
            for name in names
        },
        content_dim=2,
        style_dim=style_dim,
        options={"style_warmup": 0.0, **options},
    )
    return Model.from_config(config, catalogue=catalogue)


def data(names, rows=9, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return {name: torch.randn(rows, 6, generator=generator) for name in names}


def terms(model, batch, noise=None, progress=1.0):
    return model.objective(model.codec, batch, noise or Noise(len(batch)), progress)


def expected_loss(model, batch, steps=400):
    draws = [terms(model, batch, Noise(len(batch), step=n)).loss.detach() for n in range(steps)]
    return torch.stack(draws).mean(0), torch.stack(draws).std(0) / steps**0.5


def test_the_divergence_does_not_depend_on_the_order_of_modalities(vectors):
    batch = Batch.of(data(["m0", "m1", "m2"]))
    straight = terms(model_of(vectors, 3), batch).divergences["js"]
    turned = terms(model_of(vectors, 3, order=["m2", "m0", "m1"]), batch).divergences["js"]
    assert torch.allclose(straight, turned)


def test_the_loss_does_not_depend_on_the_order_of_modalities(vectors):
    batch = Batch.of(data(["m0", "m1", "m2"], rows=3))
    mean, error = expected_loss(model_of(vectors, 3, style_dim=2), batch)
    turned, more = expected_loss(model_of(vectors, 3, style_dim=2, order=["m2", "m0", "m1"]), batch)
    assert ((mean - turned).abs() < 5 * (error + more)).all()


@pytest.mark.parametrize("style_dim", [0, 2])
def test_a_missing_modality_equals_computing_on_the_subset(vectors, style_dim):
    model = model_of(vectors, 3, style_dim=style_dim)
    values = data(["m0", "m1", "m2"])
    absent = torch.zeros(9, dtype=torch.bool)
    masked = terms(model, Batch.of(values, {"m1": absent}))
    subset = terms(model, Batch.of({n: values[n] for n in ("m0", "m2")}))
    assert torch.allclose(masked.loss, subset.loss)
    assert torch.allclose(masked.divergences["js"], subset.divergences["js"])
    assert (masked.nll["m1"] == 0).all()


def test_the_subset_equals_a_model_that_never_had_the_modality(vectors):
    values = data(["m0", "m2"])
    options = {"likelihood_weights": {"m0": 1.0, "m2": 1.0}}
    large = terms(model_of(vectors, 3, **options), Batch.of(values))
    small = terms(model_of(vectors, 2, order=["m0", "m2"], **options), Batch.of(values))
    assert torch.allclose(large.divergences["js"], small.divergences["js"])
    assert torch.allclose(large.loss, small.loss)


def test_rows_may_lack_different_modalities_and_absent_values_leave_no_trace(vectors):
    model = model_of(vectors, 3, style_dim=2)
    present = {
        "m0": torch.tensor([True, False, True, True]),
        "m1": torch.tensor([True, True, False, False]),
        "m2": torch.tensor([False, True, True, False]),
    }
    values = data(present, rows=4)
    poisoned = {n: v.masked_fill(~present[n].unsqueeze(1), float("nan")) for n, v in values.items()}
    clean = terms(model, Batch.of(values, present)).loss
    holed = terms(model, Batch.of(poisoned, present)).loss
    assert torch.equal(clean, holed)
    holed.mean().backward()
    assert all(p.grad.isfinite().all() for p in model.parameters() if p.grad is not None)


def test_the_encoder_of_an_absent_modality_gets_no_gradient(vectors):
    model = model_of(vectors, 3, style_dim=2)
    absent = torch.zeros(9, dtype=torch.bool)
    terms(model, Batch.of(data(["m0", "m1", "m2"]), {"m1": absent})).loss.mean().backward()
    assert all((p.grad == 0).all() for p in model.codec["m1"].parameters())
    assert all((p.grad != 0).any() for p in model.codec["m0"].parameters())


@pytest.mark.parametrize("modalities", [1, 2, 12])
def test_any_number_of_modalities(vectors, modalities):
    model = model_of(vectors, modalities, style_dim=1)
    names = [f"m{i}" for i in range(modalities)]
    generator = torch.Generator().manual_seed(3)
    kept = torch.rand(9, modalities, generator=generator) > 0.4
    kept[:, 0] = True
    batch = Batch.of(data(names), dict(zip(names, kept.unbind(1), strict=True)))
    actual = terms(model, batch)
    actual.loss.mean().backward()
    assert actual.loss.isfinite().all()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in model.parameters())


def test_the_loss_of_a_batch_is_that_of_its_rows(vectors):
    model = model_of(vectors, 2, weights={"prior": 0.2, "m0": 0.8, "m1": 0.0})
    values = data(["m0", "m1"])
    whole = terms(model, Batch.of(values)).divergences["js"]
    parts = [terms(model, Batch.of({n: v[i : i + 1] for n, v in values.items()})) for i in range(9)]
    assert torch.allclose(whole, torch.cat([part.divergences["js"] for part in parts]))


def test_the_terms_add_up_with_their_weights(vectors):
    model = model_of(
        vectors,
        2,
        style_dim=2,
        beta=3.0,
        beta_style=0.5,
        style_weights={"m0": 2.0, "m1": 5.0},
        likelihood_weights={"m0": 1.5, "m1": 7.0},
    )
    actual = terms(model, Batch.of(data(["m0", "m1"])))
    nll, kl = actual.nll, actual.divergences
    wanted = 1.5 * nll["m0"] + 7.0 * nll["m1"]
    wanted = wanted + 3.0 * (kl["js"] + 0.5 * (2.0 * kl["style/m0"] + 5.0 * kl["style/m1"]))
    assert torch.allclose(actual.loss, wanted)


def test_the_divergence_is_that_of_the_experts_and_the_prior_by_hand(vectors):
    """Eq. 4 with the prior as an argument, written out for one dimension after the other."""
    pi = {"prior": 0.3, "m0": 0.5, "m1": 0.2}
    model = model_of(vectors, 2, weights=pi)
    values = data(["m0", "m1"])
    q = [model.codec[n].encode(values[n]).content for n in ("m0", "m1")]
    mu = [torch.zeros_like(q[0].loc), q[0].loc, q[1].loc]
    var = [torch.ones_like(q[0].loc), q[0].logvar.exp(), q[1].logvar.exp()]
    weights = list(pi.values())
    var_f = 1 / sum(w / v for w, v in zip(weights, var, strict=True))
    mu_f = var_f * sum(w * m / v for w, m, v in zip(weights, mu, var, strict=True))
    wanted = sum(
        w * 0.5 * (v / var_f + (m - mu_f) ** 2 / var_f - 1 + (var_f / v).log())
        for w, m, v in zip(weights, mu, var, strict=True)
    ).sum(-1)
    assert torch.allclose(terms(model, Batch.of(values)).divergences["js"], wanted)


def test_weights_on_one_modality_are_the_model_of_that_modality(vectors):
    batch = Batch.of(data(["m0", "m1"]))
    two = model_of(vectors, 2, weights={"prior": 0.4, "m0": 0.6, "m1": 0.0})
    one = model_of(vectors, 1, weights={"prior": 0.4, "m0": 0.6})
    actual, wanted = terms(two, batch), terms(one, batch.only(["m0"]))
    assert torch.allclose(actual.divergences["js"], wanted.divergences["js"])
    assert torch.allclose(actual.nll["m0"], wanted.nll["m0"])


def test_weights_on_one_modality_and_no_prior_leave_its_autoencoder(vectors):
    model = model_of(vectors, 2, weights={"prior": 0.0, "m0": 1.0, "m1": 0.0})
    actual = terms(model, Batch.of(data(["m0", "m1"])))
    assert torch.allclose(actual.divergences["js"], torch.zeros(9), atol=1e-12)


def world_terms(world, values):
    """Return E log p(X | c), sum_m pi_m KL(q_m || p) and the geometric JS of a world, (B,) each."""
    batch = Batch.of(values)
    encoding = world.codec.encode(batch)
    names = world.codec.names
    mixture = Fusion(MixtureOfExperts(), [1 / len(names)] * len(names))(encoding)
    draws = []
    for step in range(600):
        content = mixture.rsample(Noise(len(batch), step=step))
        parts = [world.codec.decode(n, content, content[:, :0]).log_prob(values[n]) for n in names]
        draws.append(sum(parts).detach())
    stacked = torch.stack(draws)
    kl = gaussian_kl(encoding.content).mean(0).detach()
    return stacked.mean(0), stacked.std(0) / len(draws) ** 0.5, kl


@pytest.mark.parametrize("modalities", [1, 3])
def test_equation_6_is_a_lower_bound_of_the_exact_likelihood(modalities):
    world = LinearGaussianWorld.of(modalities)
    values = world.sample(6)
    fit, error, kl = world_terms(world, values)
    assert (fit - kl < world.log_prob(values) + 5 * error).all()


def test_equation_6_reaches_the_exact_likelihood_at_the_exact_posterior():
    world = LinearGaussianWorld.of(1)
    values = world.sample(6)
    fit, error, kl = world_terms(world, values)
    assert ((fit - kl - world.log_prob(values)).abs() < 5 * error).all()


def test_the_geometric_js_is_no_bound_which_the_docs_say(vectors):
    """The counterexample of docs/design/001: one modality whose expert is the exact posterior."""
    world = LinearGaussianWorld.of(1)
    values = world.sample(6)
    fit, error, kl = world_terms(world, values)
    model = model_of(vectors, 1)
    js = model.objective.jensen_shannon(world.codec.encode(Batch.of(values)), Noise(6)).detach()
    assert (js < kl).all()
    assert (fit - js > world.log_prob(values) + 5 * error).any()
    assert not model.is_lower_bound


def of_scale(modalities, scale):
    """Return a world whose likelihoods have the standard deviation ``scale``."""
    built = {
        f"m{i}": LinearGaussian(
            LinearGaussianSettings(features=6, seed=i, scale=scale), Context.of(2, 0)
        )
        for i in range(modalities)
    }
    return LinearGaussianWorld(Codec(built, dict.fromkeys(built, 0), StandardPrior(2)))


def arithmetic_js(world, values, draws=1000):
    """Return the mean of the estimates of the divergence from the mixture, and its error, (B,)."""
    names, rows = world.codec.names, len(values["m0"])
    mean = MixtureOfExperts()
    weight = 1 / (len(names) + 1)
    prior = Fusion(mean, [weight] * len(names), weight, world.codec.prior)
    many = Batch.of({n: x.repeat(draws, 1) for n, x in values.items()})
    experts = prior.experts(world.codec.encode(many))
    js = jensen_shannon(experts.gaussians, experts.weights, mean(experts), Noise(len(many)))
    each = js.detach().view(draws, rows)
    return each.mean(0), each.std(0) / draws**0.5


@pytest.mark.parametrize("scale", [0.7, 0.1])
@pytest.mark.parametrize("modalities", [1, 3])
def test_the_arithmetic_js_is_below_equation_6_and_the_entropy_of_the_weights(modalities, scale):
    """The two inequalities of docs/design/001."""
    world = of_scale(modalities, scale)
    values = world.sample(6)
    js, error = arithmetic_js(world, values)
    kl = gaussian_kl(world.codec.encode(Batch.of(values)).content).sum(0).detach()
    assert (js < kl / (modalities + 1) + 5 * error).all()
    assert (js < math.log(modalities + 1) + 5 * error).all()


@pytest.mark.parametrize("scale", [0.7, 0.3, 0.1])
def test_the_arithmetic_js_of_one_exact_posterior_exceeds_the_likelihood(scale):
    """By no less than pi_0 KL(q || p), in every row."""
    world = of_scale(1, scale)
    values = world.sample(6)
    fit, error, kl = world_terms(world, values)
    js, more = arithmetic_js(world, values)
    assert (fit - js > world.log_prob(values) + kl / 2 - 5 * (error + more)).all()


@pytest.mark.parametrize("modalities", [2, 3])
def test_the_arithmetic_js_of_sharp_experts_exceeds_the_likelihood(modalities):
    world = of_scale(modalities, 0.03)
    values = world.sample(6)
    fit, error, _ = world_terms(world, values)
    js, more = arithmetic_js(world, values)
    assert (fit - js - world.log_prob(values)).mean() > 5 * (error + more).mean()
