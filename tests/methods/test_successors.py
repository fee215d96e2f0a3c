"""Successors of mmJSD in limits in which they are other methods, and their losses by hand."""

import pytest
import torch
from methods.test_methods import average, data, model_of, names_of, terms
from support.successors import equal_on_average, holed

from mmcore import Batch, Gaussian, MmcoreError
from mmcore.distributions import gaussian_kl

pytestmark = pytest.mark.usefixtures("float64")


# -- limits in which a method is another one --------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("mcvae", {}), ("mmvae", {})),
        (("codevae", {"correlation": 0.0}), ("mopoe", {})),
        (
            ("hoelder", {"kl": "components"}),
            ("custom", {"posterior": "hoelder", "objective": "elbo"}),
        ),
        (("helvae", {}), ("custom", {"posterior": "helvae", "objective": "elbo"})),
        (("mwbvae", {}), ("custom", {"posterior": "barycenters", "objective": "mixture-elbo"})),
        (("gpoe", {}), ("custom", {"posterior": "geometric", "objective": "elbo"})),
    ],
)
def test_it_is_the_other_method(vectors, one, other):
    batch = holed(3)
    models = [model_of(vectors, name, names_of(3), **options) for name, options in (one, other)]
    assert equal_on_average((models[0], batch), (models[1], batch))


def test_jmvae_of_the_product_is_mvtcae_without_its_prior(vectors):
    """For alpha = 0 both are the ELBO of the posterior."""
    batch = Batch.of(data(names_of(2)))
    parts = {"posterior": "product", "objective": "joint-elbo", "objective_options": {"alpha": 0.0}}
    custom = model_of(vectors, "custom", names_of(2), **parts)
    assert equal_on_average((custom, batch), (model_of(vectors, "mvtcae elbo", names_of(2)), batch))


@pytest.mark.parametrize("js", ["bound", "monte-carlo"])
def test_mmvm_with_the_prior_alone_trains_separate_vaes(vectors, js):
    weights = {"likelihood_weights": {"m0": 1.0, "m1": 1.0}}
    values = data(names_of(2))
    mmvm = model_of(vectors, "mmvm", names_of(2), alpha=1.0, js=js, **weights)
    mean, error = average(mmvm, Batch.of(values))
    alone = [
        average(model_of(vectors, "mmvae", [name]), Batch.of({name: values[name]}))
        for name in names_of(2)
    ]
    wanted, more = (sum(parts) for parts in zip(*alone, strict=True))
    assert ((mean - wanted).abs() < 5 * (error + more)).all()


def test_telbo_adds_the_elbo_of_each_modality(vectors):
    weights = {"likelihood_weights": {"m0": 1.0, "m1": 1.0}}
    values = data(names_of(2))
    telbo = model_of(vectors, "telbo", names_of(2), **weights)
    joint = model_of(vectors, "jmvae", names_of(2), alpha=0.0, **weights)
    joint.inference.load_state_dict(telbo.inference.state_dict())
    parts = [(joint, Batch.of(values))]
    parts += [
        (model_of(vectors, "mmvae", [name]), Batch.of({name: values[name]})) for name in names_of(2)
    ]
    mean, error = average(telbo, Batch.of(values))
    wanted, more = (sum(each) for each in zip(*(average(*part) for part in parts), strict=True))
    assert ((mean - wanted).abs() < 5 * (error + more)).all()


@pytest.mark.parametrize(("method", "shares"), [("telbo", 1.0), ("crmvae", 1 / 3)])
def test_its_divergences_by_hand(vectors, method, shares):
    """Without likelihoods, the loss has closed-form divergences only, of the content and of styles."""
    values = data(names_of(2))
    model = model_of(vectors, method, names_of(2), likelihood_weights={"m0": 0.0, "m1": 0.0})
    encoded = model.codec.encode(Batch.of(values))
    q, experts = model.inference(encoded), encoded.content
    styles = sum(gaussian_kl(encoded.styles[name]) for name in names_of(2))
    if method == "telbo":
        # each modality has its style in the joint ELBO and in its own
        wanted = gaussian_kl(q) + gaussian_kl(experts).sum(0) + 2 * styles
    else:
        wanted = gaussian_kl(q) + gaussian_kl(q, experts).sum(0) + styles
    assert torch.allclose(terms(model, Batch.of(values)).loss, shares * wanted)


def test_telbo_weighs_the_likelihoods_of_single_modalities(vectors):
    batch = Batch.of(data(names_of(2)))
    one, two = (
        model_of(vectors, "telbo", names_of(2), unimodal_weights={"m0": w, "m1": 0.0})
        for w in (1.0, 3.0)
    )
    two.load_state_dict(one.state_dict())
    zero = model_of(vectors, "telbo", names_of(2), unimodal_weights={"m0": 0.0, "m1": 0.0})
    zero.load_state_dict(one.state_dict())
    base, low, high = (terms(model, batch).loss for model in (zero, one, two))
    assert torch.allclose(high - base, 3 * (low - base))
    assert (low > base).all()
    with pytest.raises(MmcoreError, match="unimodal_weights names 'm9', expected"):
        model_of(vectors, "telbo", names_of(2), unimodal_weights={"m9": 1.0})


def test_crmvae_of_one_modality_is_half_of_its_elbo(vectors):
    batch = Batch.of(data(["m0"]))
    models = [model_of(vectors, name, ["m0"]) for name in ("crmvae", "mmvae")]
    assert equal_on_average((models[0], batch), (models[1], batch), 0.5)


def test_crmvae_by_hand(vectors):
    """The likelihoods are estimated by other methods; the divergences are exact."""
    values, weights = data(names_of(2)), {"likelihood_weights": {"m0": 1.0, "m1": 1.0}}
    model = model_of(vectors, "crmvae", names_of(2), style_dim=0, **weights)
    experts = model.codec.encode(Batch.of(values)).content
    q = model.inference(model.codec.encode(Batch.of(values)))
    joint, error = average(
        model_of(vectors, "mvtcae elbo", names_of(2), style_dim=0, **weights), Batch.of(values)
    )
    fit, errors = joint - gaussian_kl(q).detach(), error
    for place, name in enumerate(names_of(2)):
        alone = model_of(vectors, "mmvae", [name], style_dim=0)
        loss, more = average(alone, Batch.of({name: values[name]}))
        prior = gaussian_kl(Gaussian(experts.loc[place], experts.logvar[place])).detach()
        fit, errors = fit + loss - prior, errors + more
    divergences = gaussian_kl(q) + gaussian_kl(q, experts).sum(0)
    wanted = (0.5 * fit + divergences.detach()) / 3
    mean, own = average(model, Batch.of(values))
    assert ((mean - wanted).abs() < 5 * (own + errors)).all()


# -- divergences ------------------------------------------------------------------------------------
