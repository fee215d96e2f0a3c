import pytest
import torch
from torch.distributions import Categorical, Independent, Laplace

from mmcore.likelihoods import CategoricalSequence, FixedLaplace

pytestmark = pytest.mark.usefixtures("float64")


def pictures():
    generator = torch.Generator().manual_seed(0)
    loc, value = torch.randn(2, 5, 3, 4, 4, generator=generator).unbind(0)
    return loc.requires_grad_(), value.requires_grad_()


def both(first, second, *inputs):
    weights = torch.tensor([1.0, -2.0, 0.5, 3.0, 0.0])
    for one in (first, second):
        yield one, torch.autograd.grad((weights * one).sum(), inputs)


def test_laplace_has_the_density_and_the_gradients_of_torch_s():
    loc, value = pictures()
    ours = FixedLaplace(loc, 0.75).log_prob(value)
    theirs = Independent(Laplace(loc, 0.75), 3).log_prob(value)
    (a, gradients), (b, wanted) = both(ours, theirs, loc, value)
    assert torch.allclose(a, b)
    assert all(torch.allclose(x, y) for x, y in zip(gradients, wanted, strict=True))


def test_laplace_keeps_types_apart():
    loc, value = (x.detach() for x in pictures())
    median = loc.bfloat16().requires_grad_()
    log_prob = FixedLaplace(median, 0.75).log_prob(value.float())
    assert log_prob.dtype == torch.float32
    (slope,) = torch.autograd.grad(log_prob.sum(), median)
    assert slope.dtype == torch.bfloat16
    assert torch.equal(slope.double().sign(), (value.float() - median.float()).sign().double())


def test_categories_have_the_density_and_the_gradients_of_torch_s():
    generator = torch.Generator().manual_seed(0)
    logits = (3 * torch.randn(5, 7, 4, generator=generator)).requires_grad_()
    x = torch.randint(0, 7, (5, 4), generator=generator)
    theirs = Independent(Categorical(logits=logits.transpose(1, 2)), 1)
    (a, gradients), (b, wanted) = both(
        CategoricalSequence(logits).log_prob(x), theirs.log_prob(x), logits
    )
    assert torch.allclose(a, b)
    assert torch.allclose(gradients[0], wanted[0])
    assert torch.equal(CategoricalSequence(logits).mode, theirs.mode)


def test_categories_are_drawn_as_often_as_they_are_likely():
    q = CategoricalSequence(torch.tensor([[[0.0, 1.0], [1.0, -1.0], [0.5, 3.0]]]))
    draws = q.sample((20_000,))
    assert draws.shape == (20_000, 1, 2)
    actual = torch.stack([(draws == k).double().mean(0) for k in range(3)], dim=1)
    assert torch.allclose(actual, q.probs, atol=0.02)


@pytest.mark.parametrize("kind", [torch.float32, torch.float64])
def test_draws_of_laplace_are_finite_whatever_is_drawn(monkeypatch, kind):
    ends = torch.tensor(
        [0.0, torch.finfo(kind).eps / 2, 0.5, 1 - torch.finfo(kind).eps], dtype=kind
    )
    monkeypatch.setattr(torch, "rand", lambda shape, **options: ends.expand(shape))
    draws = FixedLaplace(torch.zeros(1, 4, dtype=kind), 0.75).rsample()[0]
    assert draws.isfinite().all()
    assert draws.tolist() == sorted(draws.tolist())
    assert float(draws[2]) == 0.0
