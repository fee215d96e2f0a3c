"""Successors of mmJSD against closed forms, and in limits in which they are other methods."""

import math

import pytest
import torch
from methods.test_methods import average, data, model_of, names_of, terms

from mmcore import Batch, Gaussian, MmcoreError, Noise
from mmcore.aggregators import Experts, GeometricMean, MixtureOfProducts
from mmcore.distributions import Mixture, gaussian_kl
from mmcore.encoding import Encoding
from mmcore.posteriors import ConsensusOfSubsets, GeneralizedProduct, JointEncoder

pytestmark = pytest.mark.usefixtures("float64")

NAMES, ROWS, CONTENT = ("b", "a", "c"), 5, 3
HOLES = torch.tensor([[1, 1, 0, 1, 0], [1, 0, 1, 1, 0], [1, 0, 1, 0, 1]], dtype=torch.bool)


def encoding(present=None):
    generator = torch.Generator().manual_seed(0)
    loc, logvar = torch.randn(2, len(NAMES), ROWS, CONTENT, generator=generator)
    whole = torch.ones(len(NAMES), ROWS, dtype=torch.bool)
    return Encoding(NAMES, Gaussian(loc, logvar), whole if present is None else present, {}, {})


def same(one, other):
    return torch.allclose(one.loc, other.loc) and torch.allclose(one.logvar, other.logvar)


def equal_on_average(one, other, factor=1.0):
    """Compare the mean losses of two methods and batches."""
    (mean, error), (wanted, more) = (average(*each, draws=4000) for each in (one, other))
    return ((mean - factor * wanted).abs() < 4 * (error + factor * more) + 1e-6).all()


def average_divergence(model, batch, name, draws=400):
    """Return the mean of a divergence of each row over independent draws, and its standard error."""
    values = {n: x.repeat(draws, 1) for n, x in batch.values.items()}
    present = {n: mask.repeat(draws) for n, mask in batch.present.items()}
    with torch.no_grad():
        found = terms(model, Batch.of(values, present)).divergences[name].view(draws, -1)
    return found.mean(0), found.std(0) / draws**0.5


def exact_kl(q, p, draws=4000):
    """Return KL(q || p), (B,) nats, and its standard error."""
    z = torch.stack([q.rsample(Noise(len(q.mean), step=n)) for n in range(draws // 10)]).detach()
    found = (q.log_prob(z) - p.log_prob(z)).detach()
    return found.mean(0), found.std(0) / (draws // 10) ** 0.5


def holed(count, rows=6):
    kept = torch.rand(rows, count, generator=torch.Generator().manual_seed(1)) > 0.4
    kept[:, 0] = True
    names = names_of(count)
    return Batch.of(data(names), dict(zip(names, kept.unbind(1), strict=True)))


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


def test_the_generalized_product_starts_as_the_geometric_mean_with_any_holes():
    product = GeneralizedProduct(NAMES, CONTENT)
    made = encoding(HOLES)
    experts = Experts.weighted(made.content, HOLES, torch.ones(3))
    assert same(product(made), GeometricMean()(experts))


def test_the_generalized_product_by_hand():
    product = GeneralizedProduct(NAMES, CONTENT)
    with torch.no_grad():
        product.logits.copy_(torch.arange(9.0).reshape(3, 3) / 4)
    made = encoding(HOLES)
    fused = product(made)
    # Row 3 has b and a, whose logits are the second and the first row in alphabetical order.
    a = product.logits[[1, 0]].softmax(0)
    precision = a / made.content.logvar[:2, 3].exp()
    loc = (precision * made.content.loc[:2, 3]).sum(0) / precision.sum(0)
    assert torch.allclose(fused.loc[3], loc)
    assert torch.allclose(fused.logvar[3], -precision.sum(0).log())


def test_the_consensus_of_subsets_starts_as_mopoe_for_independent_experts():
    subsets = ConsensusOfSubsets(NAMES, 0.0)
    made, z = (
        encoding(HOLES),
        torch.randn(7, ROWS, CONTENT, generator=torch.Generator().manual_seed(2)),
    )
    experts = Experts.weighted(made.content, HOLES, torch.ones(3))
    assert torch.allclose(subsets(made).log_prob(z), MixtureOfProducts()(experts).log_prob(z))


def test_more_than_ten_modalities_have_too_many_subsets():
    with pytest.raises(MmcoreError, match="11 modalities have 2047 subsets, expected at most 10"):
        ConsensusOfSubsets(names_of(11), 0.5)


def joint_encoder(names=NAMES):
    torch.manual_seed(0)
    return JointEncoder(names, CONTENT, 8)


def test_the_joint_network_is_used_in_complete_rows_and_the_product_in_others():
    joint, made = joint_encoder(), encoding(HOLES)
    before, product = joint(made), joint.product(made)
    complete = HOLES.all(0)
    with torch.no_grad():
        joint.network[-1].linear.bias += 1.0
    after = joint(made)
    assert torch.allclose(after.loc[complete], before.loc[complete] + 1.0)
    assert torch.equal(after.loc[~complete], product.loc[~complete])
    assert torch.equal(after.logvar[~complete], product.logvar[~complete])


@pytest.mark.parametrize(
    "make",
    [
        joint_encoder,
        lambda names=NAMES: _unequal(GeneralizedProduct(names, CONTENT)),
        lambda names=NAMES: _unequal(ConsensusOfSubsets(names, 0.3)),
    ],
)
def test_the_order_of_the_modalities_changes_no_posterior(make):
    order = [2, 0, 1]
    made, names = encoding(HOLES), tuple(NAMES[place] for place in order)
    experts = Gaussian(made.content.loc[order], made.content.logvar[order])
    turned = Encoding(names, experts, HOLES[order], {}, {})
    z = torch.randn(7, ROWS, CONTENT, generator=torch.Generator().manual_seed(2))
    assert torch.allclose(make(names)(turned).log_prob(z), make()(made).log_prob(z))


def _unequal(posterior):
    with torch.no_grad():
        posterior.logits.copy_(
            torch.arange(posterior.logits.numel()).reshape(posterior.logits.shape) / 3
        )
    return posterior


def test_alpha_of_jmvae_weighs_the_divergences_of_complete_rows(vectors):
    batch = Batch.of(data(names_of(2)), {"m1": torch.arange(6) < 4})
    none, some = (model_of(vectors, "jmvae", names_of(2), alpha=alpha) for alpha in (0.0, 2.0))
    some.load_state_dict(none.state_dict())
    unimodal = terms(none, batch).divergences["unimodal"]
    assert (unimodal[:4] > 0).all()
    assert (unimodal[4:] == 0).all()
    assert torch.allclose(terms(some, batch).loss - terms(none, batch).loss, 2 * unimodal)


# -- refusals ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["product", "mopoe", "consensus"])
def test_what_is_not_a_mean_is_refused_as_dynamic_prior(vectors, name):
    wanted = f"'{name}' is not an abstract mean: .* choose dynamic_prior=geometric"
    with pytest.raises(MmcoreError, match=wanted):
        model_of(vectors, "mmjsd", names_of(2), dynamic_prior=name)
    parts = {"objective": "jensen-shannon", "objective_options": {"dynamic_prior": name}}
    with pytest.raises(MmcoreError, match=wanted):
        model_of(vectors, "custom", names_of(2), posterior="mixture", **parts)


@pytest.mark.parametrize(
    ("objective", "wanted"),
    [
        ("mixture-elbo", "choose posterior=mixture"),
        ("importance-weighted", "choose posterior=mixture"),
    ],
)
def test_an_objective_of_mixtures_refuses_another_posterior(vectors, objective, wanted):
    model = model_of(vectors, "custom", names_of(2), posterior="product", objective=objective)
    with pytest.raises(MmcoreError, match=wanted):
        terms(model, Batch.of(data(names_of(2))))


@pytest.mark.parametrize("objective", ["joint-elbo", "triple-elbo", "cross-regularized"])
def test_an_objective_of_gaussians_refuses_a_mixture(vectors, objective):
    model = model_of(vectors, "custom", names_of(2), posterior="mixture", objective=objective)
    with pytest.raises(MmcoreError, match="needs a Gaussian posterior; choose posterior=joint"):
        terms(model, Batch.of(data(names_of(2))))


def test_custom_has_every_objective(vectors):
    """Each is trained with the posterior that it declares, and every class has a name."""
    from mmcore import objectives

    trained = set()
    for name in vectors.names("objective"):
        _, spec = vectors.find("objective", name)
        parts = {"posterior": spec.facts["posterior"], "objective": name}
        model = model_of(vectors, "custom", names_of(2), **parts)
        assert terms(model, Batch.of(data(names_of(2)))).loss.isfinite().all()
        trained.add(type(model.objective))
    classes = {getattr(objectives, name) for name in objectives.__all__}
    shipped = {c for c in classes if issubclass(c, objectives.Objective)} - {objectives.Objective}
    assert trained == shipped


def test_a_mixture_is_differentiable_where_a_component_is_absent():
    logits = torch.zeros(2, 1).requires_grad_()
    weights = logits.masked_fill(torch.tensor([[False], [True]]), -torch.inf).softmax(0)
    q = Gaussian(torch.zeros(2, 1, 1), torch.zeros(2, 1, 1))
    mixture = Mixture(q, weights, torch.eye(2, dtype=torch.bool))
    mixture.log_prob(torch.full((1, 1), 1e3)).sum().backward()
    assert logits.grad.isfinite().all()
