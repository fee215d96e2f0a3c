"""Coherence of generators that are rigged to be right, wrong, or independent of what is given."""

import pytest
import torch

from mmcore.data import Paired, TensorView
from mmcore.errors import MmcoreError
from mmcore.inference.posteriors import COMPARED, named_posterior
from mmcore.inference.subsets import subset_name, subsets
from mmcore.metrics.coherence_of import coherence, random_coherence

ROWS = 2000
CHANCE = 5 * (0.25 * 0.75 / ROWS) ** 0.5


def measured(rigged, fusion="inference", **says):
    model, source, judges = rigged(**says)
    given = subsets(model.names)
    return coherence(
        model, source, torch.arange(ROWS), judges, given, named_posterior(model, fusion)
    )


@pytest.mark.parametrize("fusion", ["product", "mixture"])
def test_a_generator_that_repeats_what_is_given_is_coherent(rigged, fusion):
    found = measured(rigged, fusion, a="same", b="same")
    ones = {"a": 1.0, "b": 1.0}
    assert found.judged == {"a": ones, "b": ones, "a+b": ones}
    assert found.read == found.judged
    assert found.joint == {"a": 1.0, "b": 1.0, "a+b": 1.0}
    assert found.rows == ROWS


def test_a_generator_that_says_the_next_class_never_is(rigged):
    found = measured(rigged, "product", a="same", b="next")
    assert {subset: by["b"] for subset, by in found.judged.items()} == {"a": 0, "b": 0, "a+b": 0}
    assert {subset: by["a"] for subset, by in found.judged.items()} == {"a": 1, "b": 1, "a+b": 1}
    # outside of a is b alone, outside of b is a alone, outside of both is nothing: all must agree
    assert found.joint == {"a": 0.0, "b": 1.0, "a+b": 0.0}


def test_a_generator_that_ignores_what_is_given_is_at_chance(rigged):
    found = measured(rigged, "product", a="same", b="anything", c="anything")
    for subset in found.judged:
        assert found.judged[subset]["b"] == pytest.approx(0.25, abs=CHANCE)
    # b and c are independent given a: both are right in 1/16
    assert found.joint["a"] == pytest.approx(1 / 16, abs=5 * (1 / 16 * 15 / 16 / ROWS) ** 0.5)


def test_what_was_not_given_alone_is_generated_as_it_is_beside_the_rest(rigged):
    model, source, judges = rigged(a="same", b="anything", c="next")
    asked = model, source, torch.arange(ROWS), judges, subsets(model.names)
    fusion = named_posterior(model, "mixture")
    every, crossed = coherence(*asked, fusion), coherence(*asked, fusion, crossed=True)
    assert crossed.judged == {
        subset: {name: share for name, share in by.items() if name not in subset.split("+")}
        for subset, by in every.judged.items()
    }


def test_random_coherence_is_strict_agreement(rigged):
    """Defect D6 of the original: triples in which the first differs from both counted as coherent."""
    model, _, judges = rigged(a="same", b="same", c="same")
    assert random_coherence(model, judges, ROWS) == 1.0
    model, _, judges = rigged(a="same", b="next", c="next")
    assert random_coherence(model, judges, ROWS) == 0.0
    model, _, judges = rigged(a="same", b="anything", c="anything")
    share = random_coherence(model, judges, ROWS)
    assert share == pytest.approx(1 / 16, abs=5 * (1 / 16 * 15 / 16 / ROWS) ** 0.5)


def test_a_modality_without_a_judge_is_left_out(rigged):
    model, source, judges = rigged(a="same", b="same")
    only = {"a": judges["a"]}
    fusion = named_posterior(model, "product")
    found = coherence(model, source, torch.arange(8), only, [("a",), ("b",)], fusion)
    assert found.judged == {"a": {"a": 1.0}, "b": {"a": 1.0}}
    assert found.joint == {"b": 1.0}


def test_only_what_is_given_speaks(rigged):
    """Samples whose second modality shows the class after the first's, by which they are labelled."""
    model, _, judges = rigged(a="same", b="same")
    labels = torch.arange(40) % 4
    first = TensorView(torch.eye(4)[labels], labels)
    second = TensorView(torch.eye(4)[(labels + 1) % 4], labels)
    source = Paired({"a": first, "b": second}, torch.arange(40).unsqueeze(1).expand(40, 2))
    fusion = named_posterior(model, "product")
    found = coherence(model, source, torch.arange(40), judges, [("a",), ("b",)], fusion)
    assert found.judged == {"a": {"a": 1.0, "b": 1.0}, "b": {"a": 0.0, "b": 0.0}}


def test_the_encoders_run_once_for_all_subsets(rigged, monkeypatch):
    model, source, judges = rigged(a="same", b="same", c="same")
    calls = []
    encode = type(model.codec["a"]).encode
    monkeypatch.setattr(
        type(model.codec["a"]), "encode", lambda self, x: calls.append(1) or encode(self, x)
    )
    given = subsets(model.names)
    coherence(model, source, torch.arange(8), judges, given, named_posterior(model, "product"))
    assert len(calls) == 3


@pytest.mark.parametrize("name", COMPARED)
def test_every_named_fusion_infers_from_every_subset(rigged, name):
    from mmcore import Batch, Noise

    model, source, _ = rigged(a="same", b="same")
    batch = source.fetch(torch.arange(5), Noise(5))
    encoding = model.codec.encode(Batch.of(batch.values))
    for subset in subsets(model.names):
        fused = named_posterior(model, name)(encoding.restrict(subset))
        assert fused.mean.isfinite().all(), subset_name(subset)
        # all experts agree, so the mean is theirs up to the pull of the prior
        assert torch.equal(fused.mean.argmax(-1), batch.labels)


def test_an_unknown_fusion_is_one_sentence(rigged):
    model, _, _ = rigged(a="same")
    with pytest.raises(MmcoreError, match="did you mean 'mixture'"):
        named_posterior(model, "mixtur")
