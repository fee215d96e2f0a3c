"""Gradients that are written out, against finite differences and against autograd's own."""

import pytest
import torch

from mmcore.aggregators.gaussian import precision_weighted
from mmcore.aggregators.subsets import products
from mmcore.distributions import Gaussian, gaussian_kl
from mmcore.distributions.closed_forms import (
    GaussianKl,
    GaussianKlToStandard,
    PrecisionWeighted,
    SoftBound,
    SubsetProducts,
)

pytestmark = pytest.mark.usefixtures("float64")


def tensors(*shapes, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(*shape, generator=generator).requires_grad_() for shape in shapes]


def by_autograd(q_loc, q_logvar, p_loc, p_logvar):
    ratio = torch.exp(q_logvar - p_logvar)
    shift = (q_loc - p_loc) ** 2 * torch.exp(-p_logvar)
    return 0.5 * (ratio + shift - 1.0 + p_logvar - q_logvar).sum(-1)


def same(value, wanted, inputs):
    weights = torch.linspace(-1, 2, wanted.numel()).reshape(wanted.shape)
    assert torch.allclose(value, wanted)
    for a, b in zip(
        torch.autograd.grad((weights * value).sum(), inputs),
        torch.autograd.grad((weights * wanted).sum(), inputs),
        strict=True,
    ):
        assert a.shape == b.shape
        assert torch.allclose(a, b)


@pytest.mark.parametrize(
    ("q", "p"),
    [((4, 3), (4, 3)), ((3, 4, 2), (4, 2)), ((2, 1, 4, 2), (2, 4, 2)), ((4, 2), (3, 4, 2))],
    ids=["alike", "one mean", "pairs", "many means"],
)
def test_the_divergence_is_that_of_its_formula_whatever_is_broadcast(q, p):
    inputs = tensors(q, q, p, p)
    same(GaussianKl.apply(*inputs), by_autograd(*inputs), inputs)


def test_the_divergence_has_the_gradients_of_finite_differences():
    assert torch.autograd.gradcheck(GaussianKl.apply, tensors((2, 3, 2), (2, 3, 2), (3, 2), (3, 2)))
    assert torch.autograd.gradcheck(GaussianKlToStandard.apply, tensors((3, 2), (3, 2)))


def test_the_divergence_from_the_prior_is_the_general_one_with_zeros():
    inputs = tensors((2, 5, 3), (2, 5, 3))
    zeros = torch.zeros(5, 3)
    same(gaussian_kl(Gaussian(*inputs)), by_autograd(*inputs, zeros, zeros), inputs)


def products_by_autograd(members, precisions, weighted):
    total, sums = (torch.einsum("tk,kbd->tbd", members, x) for x in (precisions, weighted))
    return sums / total, -total.log()


def test_products_of_subsets_are_those_of_their_formula():
    precisions, weighted = (
        x.detach().exp().requires_grad_() for x in tensors((3, 4, 2), (3, 4, 2))
    )
    members = torch.tensor([[1.0, 0, 0], [1, 1, 0], [0, 1, 1], [1, 1, 1]])
    common = torch.ones(4, 4, dtype=torch.bool)
    actual = SubsetProducts.apply(members, precisions, weighted, common)
    wanted = products_by_autograd(members, precisions, weighted)
    same(torch.stack(actual), torch.stack(wanted), [precisions, weighted])


def test_a_product_of_no_expert_is_standard_normal_and_gives_no_gradient_to_others():
    experts = tensors((2, 2, 3), (2, 2, 3))
    present = torch.tensor([[True, False], [True, True]])
    q, common = products(Gaussian(*experts), present, torch.eye(2, dtype=torch.bool))
    assert common.tolist() == present.tolist()
    assert not q.loc[0, 1].any()
    assert not q.logvar[0, 1].any()
    for gradient in torch.autograd.grad((q.loc + q.logvar).sum(), experts):
        assert not gradient[0, 1].any()
        assert gradient[present].all()


def weighted_by_autograd(log_precisions, locs):
    shares = torch.softmax(log_precisions, 0)
    return (shares * locs).sum(0), -torch.logsumexp(log_precisions, 0)


def test_the_precision_weighted_average_is_that_of_its_formula():
    inputs = tensors((3, 4, 2), (3, 4, 2))
    actual, wanted = PrecisionWeighted.apply(*inputs), weighted_by_autograd(*inputs)
    same(torch.stack(actual), torch.stack(wanted), inputs)
    assert torch.autograd.gradcheck(PrecisionWeighted.apply, inputs)


@pytest.mark.parametrize("size", [-300.0, 300.0, 3000.0])
def test_extreme_precisions_neither_overflow_nor_vanish(size):
    log_precisions, locs = tensors((3, 4, 2), (3, 4, 2))
    shifted = (log_precisions.detach() + size).requires_grad_()
    loc, logvar = PrecisionWeighted.apply(shifted, locs)
    wanted, of_one = weighted_by_autograd(log_precisions, locs)
    assert torch.allclose(loc, wanted)
    assert torch.allclose(logvar, of_one - size)
    assert torch.autograd.grad(loc.sum() + logvar.sum(), shifted)[0].isfinite().all()


def test_an_expert_of_weight_zero_has_no_part_in_value_or_gradient():
    loc, logvar = tensors((3, 4, 2), (3, 4, 2))
    weights = torch.tensor([0.5, 0.0, 0.5]).unsqueeze(1).expand(3, 4)
    actual = precision_weighted(Gaussian(loc, logvar), weights)
    two = precision_weighted(Gaussian(loc[::2], logvar[::2]), weights[::2])
    assert torch.equal(actual.loc, two.loc)
    assert torch.equal(actual.logvar, two.logvar)
    for gradient in torch.autograd.grad((actual.loc + actual.logvar).sum(), (loc, logvar)):
        assert (gradient[1] == 0).all()
        assert gradient.isfinite().all()


def test_weights_that_are_learnt_have_a_gradient():
    loc, logvar = tensors((3, 4, 2), (3, 4, 2))
    weights = torch.rand(3, 4, generator=torch.Generator().manual_seed(1)).requires_grad_()

    def averaged(weights):
        actual = precision_weighted(Gaussian(loc, logvar), weights)
        return actual.loc, actual.logvar

    assert torch.autograd.gradcheck(averaged, weights)


def test_the_soft_bound_is_the_identity_inside_and_smooth_outside():
    x = torch.linspace(-40, 40, 801, dtype=torch.float64, requires_grad=True)
    y = SoftBound.apply(x, 6.0, 10.0)
    inside = x.abs() <= 6
    assert torch.equal(y[inside], x[inside])
    assert y.abs().max() <= 10
    assert (y.diff() >= 0).all()
    assert torch.autograd.gradcheck(lambda x: SoftBound.apply(x, 6.0, 10.0), [x[::37]])
