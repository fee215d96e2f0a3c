"""The divergences of MMVM, of the Hoelder mixture and of CoDEVAE against closed forms."""

import math

import pytest
import torch
from methods.test_methods import data, model_of, names_of, terms
from support.successors import (
    average_divergence,
    exact_kl,
    holed,
)

from mmcore import Batch, Gaussian
from mmcore.distributions import gaussian_kl

pytestmark = pytest.mark.usefixtures("float64")


def test_the_divergence_of_mmvm_is_m_times_that_of_jensen_and_shannon(vectors):
    model = model_of(vectors, "mmvm", names_of(3), style_dim=0, js="monte-carlo")
    batch = holed(3)
    encoded = model.codec.encode(batch)
    experts, h = encoded.content, model.inference(encoded)
    wanted, errors = torch.zeros(6), torch.zeros(6)
    for place, present in enumerate(encoded.present):
        nats, error = exact_kl(Gaussian(experts.loc[place], experts.logvar[place]), h)
        wanted, errors = wanted + nats * present, errors + error * present
    mean, error = average_divergence(model, batch, "js")
    assert ((mean - wanted).abs() < 5 * (error + errors) + 1e-9).all()


@pytest.mark.parametrize("alpha", [0.0, 0.25, 1.0])
def test_the_bound_of_mmvm_by_hand_is_above_the_divergence(vectors, alpha):
    values = data(names_of(2))
    model = model_of(vectors, "mmvm", names_of(2), style_dim=0, alpha=alpha)
    bound = terms(model, Batch.of(values)).divergences["js"]
    loc, logvar = (
        t.detach()
        for t in (lambda q: (q.loc, q.logvar))(model.codec.encode(Batch.of(values)).content)
    )
    q = [Gaussian(loc[m], logvar[m]) for m in range(2)]
    by_hand = alpha * (gaussian_kl(q[0]) + gaussian_kl(q[1]))
    by_hand = by_hand + (1 - alpha) / 2 * (gaussian_kl(q[0], q[1]) + gaussian_kl(q[1], q[0]))
    assert torch.allclose(bound, by_hand)
    exact = model_of(vectors, "mmvm", names_of(2), style_dim=0, alpha=alpha, js="monte-carlo")
    mean, error = average_divergence(exact, Batch.of(values), "js")
    assert (mean < bound + 5 * error).all()


def test_the_prior_of_mmvm_is_annealed(vectors):
    objective = model_of(vectors, "mmvm", names_of(2), alpha=0.2, anneal=0.5).objective
    assert [objective.alpha_at(p) for p in (0.0, 0.25, 0.5, 1.0)] == pytest.approx(
        [1.0, 0.6, 0.2, 0.2]
    )


def test_each_modality_of_mmvm_is_decoded_from_its_own_expert(vectors):
    """Moving the expert of one modality leaves the likelihood of the other as it was."""
    batch = Batch.of(data(names_of(2)))
    model = model_of(vectors, "mmvm", names_of(2))
    before = terms(model, batch).nll
    with torch.no_grad():
        model.codec["m0"].gain.add_(0.5)
    after = terms(model, batch).nll
    assert torch.equal(before["m1"], after["m1"])
    assert not torch.allclose(before["m0"], after["m0"])


def test_the_divergence_of_the_hoelder_mixture_is_below_that_of_its_components(vectors):
    batch = holed(3)
    exact, bound = (
        model_of(vectors, "hoelder", names_of(3), style_dim=0, kl=which)
        for which in ("mixture", "components")
    )
    mean, error = average_divergence(exact, batch, "kl")
    q = exact.inference(exact.codec.encode(batch))
    wanted, more = exact_kl(q, Gaussian(torch.zeros(6, 2), torch.zeros(6, 2)))
    assert (mean < terms(bound, batch).divergences["kl"] + 5 * error).all()
    assert ((mean - wanted).abs() < 5 * (error + more)).all()


def test_gradients_reach_the_weights_of_the_hoelder_mixture(vectors):
    """The gradient of the averaged loss of a decoder that ignores the content is that of the weights."""
    model = model_of(vectors, "hoelder", names_of(2), style_dim=0, kl="components", beta=0.0)
    batch = Batch.of(data(names_of(2)))
    loss = terms(model, batch).loss.mean()
    gain = model.codec["m0"].gain
    (gradient,) = torch.autograd.grad(loss, gain)
    step = torch.randn(gain.shape, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        sides = []
        for sign in (1, -1):
            gain.add_(sign * 1e-5 * step)
            sides.append(terms(model, batch).loss.mean())
            gain.sub_(sign * 1e-5 * step)
    assert float((gradient * step).sum()) == pytest.approx(
        float((sides[0] - sides[1]) / 2e-5), rel=1e-4
    )


def test_the_entropy_of_codevae_is_the_divergence_from_equal_weights(vectors):
    models = [model_of(vectors, "codevae", names_of(2), entropy=eta) for eta in (0.0, 2.0)]
    batch = Batch.of(data(names_of(2)))
    for model in models:
        with torch.no_grad():
            model.inference.logits.copy_(torch.tensor([0.0, 1.0, 2.0]))
    w = torch.softmax(torch.tensor([0.0, 1.0, 2.0]), 0)
    wanted = 2 * ((w * w.log()).sum() + math.log(3))
    one, other = (terms(model, batch).loss for model in models)
    assert torch.allclose(other - one, wanted.expand(6))


# -- posteriors -------------------------------------------------------------------------------------
