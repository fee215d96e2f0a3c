"""Identities that hold for every method: a new one is one line of INSTANCES."""

import pytest
import torch

from mmcore import Batch, MmcoreError, Model, Noise
from mmcore.config import ModalityConfig, ModelConfig
from mmcore.plugins import Catalogue
from mmcore.testing import LinearGaussianWorld

pytestmark = pytest.mark.usefixtures("float64")

PLAIN = {"beta": 1.0, "beta_style": 1.0}
UNGUARDED = {"style_warmup": 0.0, "style_cross_gradient": 1.0}
INSTANCES = {
    "mmjsd": {},
    "mmjsd arithmetic": {"dynamic_prior": "arithmetic"},
    "mmjsd arithmetic bound": {"dynamic_prior": "arithmetic", "js": "bound"},
    "mmjsd wasserstein": {"dynamic_prior": "wasserstein"},
    "mmjsd power": {"dynamic_prior": "power", "dynamic_prior_options": {"power": 0.5}},
    "mvae": {},
    "mvae joint": {"unimodal": False, "random_subsets": 0},
    "mmvae": {},
    "mmvae iwae": {"estimator": "iwae", "draws": 3},
    "mmvae dreg": {"estimator": "dreg", "draws": 3},
    "mopoe": {},
    "mvtcae": {},
    "mvtcae elbo": {"alpha": 0.0},
    "mmvaeplus": {"draws": 2},
    "mmvaeplus dreg": {"draws": 2, "estimator": "dreg"},
    "dmvae": {},
    "mmvm": {},
    "mmvm monte-carlo": {"js": "monte-carlo", "alpha": 0.25},
    "hoelder": {},
    "hoelder components": {"kl": "components"},
    "helvae": {},
    "mwbvae": {},
    "gpoe": {},
    "mcvae": {},
    "codevae": {},
    "crmvae": {},
    "jmvae": {"width": 8},
    "telbo": {"width": 8},
    "factors": {},
    "custom": {},
}
STYLED_ONLY = ("mmvaeplus", "dmvae")
JOINT_ENCODER = ("jmvae", "telbo")
every = pytest.mark.parametrize("instance", INSTANCES)


def model_of(catalogue, instance, names, *, style_dim=1, **options):
    modalities = {
        n: ModalityConfig(kind="vector", settings={"seed": int(n[1:]), "features": 6})
        for n in names
    }
    guard = {} if instance.startswith("mmvaeplus") else UNGUARDED
    config = ModelConfig(
        modalities=modalities,
        content_dim=2,
        style_dim=style_dim,
        method=instance.split()[0],
        options={**PLAIN, **guard, **INSTANCES[instance], **options},
    )
    return Model.from_config(config, catalogue=catalogue)


def names_of(count):
    return [f"m{i}" for i in range(count)]


def data(names, rows=6):
    generator = torch.Generator().manual_seed(0)
    return {n: torch.randn(rows, 6, generator=generator) for n in names}


def terms(model, batch, step=0):
    return model.objective(model.codec, batch, Noise(len(batch), step=step), 1.0)


def average(model, batch, draws=300):
    """Return the mean loss of each row over independent draws, and its standard error."""
    values = {n: x.repeat(draws, 1) for n, x in batch.values.items()}
    present = {n: mask.repeat(draws) for n, mask in batch.present.items()}
    with torch.no_grad():
        losses = terms(model, Batch.of(values, present)).loss.view(draws, -1)
    return losses.mean(0), losses.std(0) / draws**0.5


@every
@pytest.mark.parametrize(
    "count", [1, 3, *(pytest.param(n, marks=pytest.mark.slow) for n in (2, 5))]
)
def test_any_number_of_modalities_with_holes(vectors, instance, count):
    names = names_of(count)
    model = model_of(vectors, instance, names)
    kept = torch.rand(6, count, generator=torch.Generator().manual_seed(1)) > 0.4
    kept[:, 0] = True
    present = dict(zip(names, kept.unbind(1), strict=True))
    values = {
        n: x.masked_fill(~present[n].unsqueeze(1), float("nan")) for n, x in data(names).items()
    }
    actual = terms(model, Batch.of(values, present))
    actual.loss.mean().backward()
    assert actual.loss.shape == (6,)
    assert actual.loss.isfinite().all()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in model.parameters())


@every
def test_every_parameter_learns(vectors, instance):
    model = model_of(vectors, instance, names_of(3))
    terms(model, Batch.of(data(names_of(3)))).loss.mean().backward()
    assert all((p.grad != 0).any() for p in model.parameters())


@every
def test_an_absent_encoder_gets_no_gradient(vectors, instance):
    model = model_of(vectors, instance, names_of(3))
    absent = {"m1": torch.zeros(6, dtype=torch.bool)}
    terms(model, Batch.of(data(names_of(3)), absent)).loss.mean().backward()
    encoder = [model.codec["m1"].gain, model.codec["m1"].logvar]
    assert all((p.grad == 0).all() for p in encoder)


@every
def test_masks_equal_the_subset(vectors, instance):
    """A modality that is absent everywhere equals a model that never had it, in expectation."""
    if instance.split()[0] in JOINT_ENCODER:
        pytest.skip("the joint network of two modalities is another one than that of three")
    options = {"likelihood_weights": {"m0": 1.0, "m2": 1.0}}
    values = data(names_of(3))
    absent = {"m1": torch.zeros(6, dtype=torch.bool)}
    large, error = average(
        model_of(vectors, instance, names_of(3), **options), Batch.of(values, absent)
    )
    small_model = model_of(vectors, instance, ["m0", "m2"], **options)
    small, more = average(small_model, Batch.of({n: values[n] for n in ("m0", "m2")}))
    assert ((large - small).abs() < 5 * (error + more) + 1e-6).all()


@every
def test_the_order_of_modalities_does_not_matter(vectors, instance):
    batch = Batch.of(data(names_of(3)))
    straight, error = average(model_of(vectors, instance, names_of(3)), batch)
    turned, more = average(model_of(vectors, instance, ["m2", "m0", "m1"]), batch)
    assert ((straight - turned).abs() < 5 * (error + more) + 1e-6).all()


@every
def test_without_styles_or_a_reason(vectors, instance):
    if instance.split()[0] in STYLED_ONLY:
        with pytest.raises(MmcoreError, match="needs a style of size 1 or more for m0, m1, m2"):
            model_of(vectors, instance, names_of(3), style_dim=0)
    else:
        model = model_of(vectors, instance, names_of(3), style_dim=0)
        assert terms(model, Batch.of(data(names_of(3)))).loss.isfinite().all()


@every
def test_any_subset_is_inferred_from_and_generated(vectors, instance):
    model = model_of(vectors, instance, names_of(3)).eval()
    values = data(names_of(3))
    for given in (["m0"], ["m1", "m2"], names_of(3)):
        posterior = model.infer({n: values[n] for n in given})
        assert posterior.mean.shape == (6, 2)
        assert posterior.log_prob(posterior.mean).isfinite().all()
    assert model.translate({"m0": values["m0"]})["m2"].shape == (6, 6)


@every
def test_a_declared_bound_lies_below_the_exact_likelihood(vectors, instance):
    world = LinearGaussianWorld.of(2, features=6)
    model = model_of(vectors, instance, names_of(2), style_dim=0 if not needs(instance) else 1)
    if not model.is_lower_bound:
        pytest.skip(f"not declared: {model.caveat}")
    values = world.sample(6)
    loss, error = average(model, Batch.of(values))
    assert (-loss < world.log_prob(values) + 5 * error).all()


def needs(instance):
    return instance.split()[0] in STYLED_ONLY


ELBOS = ("hoelder", "hoelder components", "helvae", "mwbvae", "gpoe", "mcvae", "codevae")
BOUNDS = ("mmvae", "mmvae iwae", "mmvae dreg", "mopoe", "mvtcae elbo", *ELBOS)


@pytest.mark.parametrize("instance", [*BOUNDS, "jmvae"])
def test_a_bound_that_weights_void_is_not_declared(vectors, instance):
    names = names_of(2)
    assert model_of(vectors, instance, names).is_lower_bound
    assert not model_of(vectors, instance, names, beta=2.5).is_lower_bound
    assert not model_of(vectors, instance, names, likelihood_weights={"m0": 2.0}).is_lower_bound
    styled = model_of(vectors, instance, names, beta_style=2.0)
    assert not styled.is_lower_bound
    assert model_of(vectors, instance, names, beta_style=2.0, style_dim=0).is_lower_bound


@pytest.mark.parametrize("instance", BOUNDS)
def test_one_modality_with_the_exact_posterior_reaches_the_exact_likelihood(vectors, instance):
    world = LinearGaussianWorld.of(1, features=6)
    values = world.sample(6)
    model = model_of(vectors, instance, ["m0"], style_dim=0)
    loss, error = average(model, Batch.of(values))
    assert ((-loss - world.log_prob(values)).abs() < 5 * error + 1e-6).all()


def test_the_product_with_the_prior_reaches_it_for_any_number_of_modalities(vectors):
    """Experts that are the likelihoods of c: their product with p is the exact joint posterior."""
    world = LinearGaussianWorld.of(3, features=6, encoder="likelihood")
    values = world.sample(6)
    model = model_of(vectors, "mvae joint", names_of(3), style_dim=0)
    model.codec = world.codec
    loss, error = average(model, Batch.of(values), draws=1000)
    assert ((-loss - world.log_prob(values)).abs() < 5 * error).all()


def test_more_draws_tighten_the_importance_weighted_bound(vectors):
    world = LinearGaussianWorld.of(2, features=6)
    values = world.sample(6)
    bounds = []
    for draws in (1, 8, 64):
        model = model_of(vectors, "mmvae iwae", names_of(2), style_dim=0, draws=draws)
        loss, error = average(model, Batch.of(values), draws=600)
        bounds.append(-loss.mean())
        assert (-loss < world.log_prob(values) + 5 * error).all()
    assert bounds[0] < bounds[1] < bounds[2]
    assert world.log_prob(values).mean() - bounds[2] < 0.35 * (
        world.log_prob(values).mean() - bounds[0]
    )


def encoder_gradients(vectors, instance, steps=40, **options):
    """Return gradients of the encoder of one expert, one of each step, (S, P)."""
    row = data(["m0"], rows=1)["m0"]
    batch = Batch.of({"m0": row.expand(400, -1)})
    model = model_of(vectors, instance, ["m0"], **options)
    encoder = [model.codec["m0"].gain, model.codec["m0"].logvar]
    with torch.no_grad():
        encoder[0].mul_(0.8)
    losses = (terms(model, batch, step).loss.mean() for step in range(steps))
    grads = [torch.autograd.grad(loss, encoder) for loss in losses]
    return torch.stack([torch.cat([part.flatten() for part in grad]) for grad in grads])


@pytest.mark.parametrize(
    ("draws", "beta", "beta_style"),
    [
        (1, 1.0, 1.0),
        (10, 0.5, 3.0),
        *(
            pytest.param(*case, marks=pytest.mark.slow)
            for case in [(10, 1.0, 1.0), (1, 2.5, 1.0), (10, 2.5, 1.0), (1, 0.5, 3.0)]
        ),
    ],
)
def test_dreg_has_the_gradient_of_the_weighted_bound(vectors, draws, beta, beta_style):
    """Of one expert; of several it is the estimator of Shi et al., which is another gradient."""
    weights = {"beta": beta, "beta_style": beta_style}
    dreg = encoder_gradients(vectors, "mmvae dreg", draws=draws, **weights)
    others = [encoder_gradients(vectors, "mmvae iwae", draws=draws, **weights)]
    if draws == 1:  # the bound is the ELBO, whose divergences have a closed form
        others.append(encoder_gradients(vectors, "mmvae", **weights))
    for other in others:
        error = ((dreg.var(0) + other.var(0)) / len(dreg)).sqrt()
        assert ((dreg.mean(0) - other.mean(0)).abs() < 5 * error + 1e-9).all()
    if beta == beta_style == 1:
        assert dreg.std(0).mean() < others[0].std(0).mean()


def test_the_joint_elbo_of_mvae_is_the_elbo_of_the_product_with_the_prior(vectors):
    batch = Batch.of(data(names_of(2)))
    mvae, error = average(model_of(vectors, "mvae joint", names_of(2)), batch)
    parts = {"posterior": "product", "prior_expert": True, "objective": "elbo"}
    custom, more = average(model_of(vectors, "custom", names_of(2), **parts), batch)
    assert ((mvae - custom).abs() < 5 * (error + more)).all()
    # The divergence is not drawn, so that here the two agree to the last digit, and only with p.
    kl = terms(model_of(vectors, "mvae joint", names_of(2)), batch).divergences["kl"]
    with_prior = terms(model_of(vectors, "custom", names_of(2), **parts), batch).divergences["kl"]
    without = terms(model_of(vectors, "custom", names_of(2)), batch).divergences["kl"]
    assert torch.allclose(kl, with_prior)
    assert not torch.allclose(kl, without)


def test_mvae_counts_every_subset_once(vectors):
    """Brute force: each subset's ELBO by a model that holds only that subset."""
    values = data(names_of(2))
    weights = {"likelihood_weights": {"m0": 1.0, "m1": 1.0}}
    whole, error = average(
        model_of(vectors, "mvae", names_of(2), random_subsets=0, **weights), Batch.of(values)
    )
    parts, errors = torch.zeros(6), error
    for subset in (["m0", "m1"], ["m0"], ["m1"]):
        model = model_of(
            vectors, "mvae joint", subset, likelihood_weights=dict.fromkeys(subset, 1.0)
        )
        part, more = average(model, Batch.of({n: values[n] for n in subset}))
        parts, errors = parts + part, errors + more
    assert ((whole - parts).abs() < 5 * errors).all()


@pytest.mark.parametrize("rows", [1, 6])
def test_twenty_modalities_train(vectors, rows):
    names = names_of(20)
    model = model_of(vectors, "mopoe", names)
    actual = terms(model, Batch.of(data(names, rows)))
    actual.loss.mean().backward()
    assert actual.loss.isfinite().all()
    assert model.infer(data(["m3"], rows)).mean.shape == (rows, 2)


def test_the_catalogue_has_every_method_and_says_what_it_is():
    catalogue = Catalogue.discover({"MMCORE_PLUGINS": ""})
    wanted = {instance.split()[0] for instance in INSTANCES} - {"custom"}
    assert wanted == set(catalogue.names("method")) - {"custom"}
    for name in wanted:
        _, spec = catalogue.find("method", name)
        assert spec.reference
        assert {
            "posterior",
            "dynamic prior",
            "inference",
            "lower bound",
            "passes",
        } <= spec.facts.keys()
        for option, field in catalogue.settings_model("method", name).model_fields.items():
            assert field.description, option
