"""Terms by name are one tensor, and a mapping all the same."""

import pytest
import torch

from mmcore.objectives import LossTerms, NamedTerms
from mmcore.training.step import _summed

WEIGHTS = {"a": 0.5, "b": -2.0, "c": 3.0}


def terms(**options) -> NamedTerms:
    rows = torch.arange(12.0, **options).reshape(3, 4).requires_grad_()
    return NamedTerms(("a", "b", "c"), rows)


def test_the_weighted_sum_is_that_of_the_single_terms_in_value_and_gradient():
    built = terms(dtype=torch.float64)
    one_by_one = sum(WEIGHTS[name] * term for name, term in built.items())
    whole = built.weighted(WEIGHTS)
    assert torch.equal(whole, one_by_one)
    gradients = [torch.autograd.grad(total.sum(), built.rows)[0] for total in (whole, one_by_one)]
    assert torch.equal(*gradients)


def test_weights_first_seen_in_inference_can_be_trained_with():
    weights = {"a": 0.125, "b": 0.25, "c": 0.75}
    with torch.inference_mode():
        NamedTerms(("a", "b", "c"), torch.ones(3, 2)).weighted(weights)
    built = terms()
    built.weighted(weights).sum().backward()
    assert built.rows.grad[:, 0].tolist() == list(weights.values())


def test_it_is_a_mapping():
    built = terms()
    assert list(built) == ["a", "b", "c"]
    assert len(built) == 3
    assert "d" not in built
    assert torch.equal(dict(built)["c"], built.rows[2])
    with pytest.raises(KeyError):
        built["d"]
    assert torch.equal(NamedTerms.of(dict(built)).rows, built.rows)


def test_no_term_at_all_weighs_nothing():
    assert NamedTerms((), torch.zeros(0, 4)).weighted({}).tolist() == [0.0] * 4


def test_an_objective_may_report_no_divergence():
    present = {"a": torch.tensor([True, False])}
    nll = {"a": torch.tensor([1.0, 2.0])}
    actual = _summed(LossTerms(torch.tensor([3.0, 4.0]), nll, {}), present, micros=1)
    assert actual.names == ("loss", "nll/a")
    assert actual.sums.tolist() == [7.0, 3.0]
