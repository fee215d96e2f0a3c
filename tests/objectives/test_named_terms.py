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
    made = terms(dtype=torch.float64)
    one_by_one = sum(WEIGHTS[name] * term for name, term in made.items())
    whole = made.weighted(WEIGHTS)
    assert torch.equal(whole, one_by_one)
    gradients = [torch.autograd.grad(total.sum(), made.rows)[0] for total in (whole, one_by_one)]
    assert torch.equal(*gradients)


def test_weights_first_seen_in_inference_can_be_trained_with():
    weights = {"a": 0.125, "b": 0.25, "c": 0.75}
    with torch.inference_mode():
        NamedTerms(("a", "b", "c"), torch.ones(3, 2)).weighted(weights)
    made = terms()
    made.weighted(weights).sum().backward()
    assert made.rows.grad[:, 0].tolist() == list(weights.values())


def test_it_is_a_mapping():
    made = terms()
    assert list(made) == ["a", "b", "c"]
    assert len(made) == 3
    assert "d" not in made
    assert torch.equal(dict(made)["c"], made.rows[2])
    with pytest.raises(KeyError):
        made["d"]
    assert torch.equal(NamedTerms.of(dict(made)).rows, made.rows)


def test_no_term_at_all_weighs_nothing():
    assert NamedTerms((), torch.zeros(0, 4)).weighted({}).tolist() == [0.0] * 4


def test_an_objective_may_report_no_divergence():
    present = {"a": torch.tensor([True, False])}
    nll = {"a": torch.tensor([1.0, 2.0])}
    found = _summed(LossTerms(torch.tensor([3.0, 4.0]), nll, {}), present, micros=1)
    assert found.names == ("loss", "nll/a")
    assert found.sums.tolist() == [7.0, 3.0]
