"""Posteriors with parameters against closed forms, and the posteriors that an objective refuses."""

import pytest
import torch
from methods.test_methods import data, model_of, names_of, terms
from support.successors import CONTENT, HOLES, NAMES, ROWS, encoding, same

from mmcore import Batch, Gaussian, MmcoreError
from mmcore.aggregators import Experts, GeometricMean, MixtureOfProducts
from mmcore.distributions import Mixture
from mmcore.encoding import Encoding
from mmcore.posteriors import ConsensusOfSubsets, GeneralizedProduct, JointEncoder

pytestmark = pytest.mark.usefixtures("float64")


def test_the_generalized_product_starts_as_the_geometric_mean_with_any_holes():
    product = GeneralizedProduct(NAMES, CONTENT)
    built = encoding(HOLES)
    experts = Experts.weighted(built.content, HOLES, torch.ones(3))
    assert same(product(built), GeometricMean()(experts))


def test_the_generalized_product_by_hand():
    product = GeneralizedProduct(NAMES, CONTENT)
    with torch.no_grad():
        product.logits.copy_(torch.arange(9.0).reshape(3, 3) / 4)
    built = encoding(HOLES)
    fused = product(built)
    # Row 3 has b and a, whose logits are the second and the first row in alphabetical order.
    a = product.logits[[1, 0]].softmax(0)
    precision = a / built.content.logvar[:2, 3].exp()
    loc = (precision * built.content.loc[:2, 3]).sum(0) / precision.sum(0)
    assert torch.allclose(fused.loc[3], loc)
    assert torch.allclose(fused.logvar[3], -precision.sum(0).log())


def test_the_consensus_of_subsets_starts_as_mopoe_for_independent_experts():
    subsets = ConsensusOfSubsets(NAMES, 0.0)
    built, z = (
        encoding(HOLES),
        torch.randn(7, ROWS, CONTENT, generator=torch.Generator().manual_seed(2)),
    )
    experts = Experts.weighted(built.content, HOLES, torch.ones(3))
    assert torch.allclose(subsets(built).log_prob(z), MixtureOfProducts()(experts).log_prob(z))


def test_more_than_ten_modalities_have_too_many_subsets():
    with pytest.raises(MmcoreError, match="11 modalities have 2047 subsets, expected at most 10"):
        ConsensusOfSubsets(names_of(11), 0.5)


def joint_encoder(names=NAMES):
    torch.manual_seed(0)
    return JointEncoder(names, CONTENT, 8)


def test_the_joint_network_is_used_in_complete_rows_and_the_product_in_others():
    joint, built = joint_encoder(), encoding(HOLES)
    before, product = joint(built), joint.product(built)
    complete = HOLES.all(0)
    with torch.no_grad():
        joint.network[-1].linear.bias += 1.0
    after = joint(built)
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
    built, names = encoding(HOLES), tuple(NAMES[place] for place in order)
    experts = Gaussian(built.content.loc[order], built.content.logvar[order])
    turned = Encoding(names, experts, HOLES[order], {}, {})
    z = torch.randn(7, ROWS, CONTENT, generator=torch.Generator().manual_seed(2))
    assert torch.allclose(make(names)(turned).log_prob(z), make()(built).log_prob(z))


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
        ("mixture-elbo", "choose one such as posterior=mixture"),
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
