"""Coherence of generators that are rigged to be right, wrong, or independent of what is given."""

import pytest
import torch

from mmcore.config.evaluation import CoherenceSettings
from mmcore.data import Paired, TensorView
from mmcore.errors import MmcoreError
from mmcore.inference.representation.posteriors import named_posterior
from mmcore.inference.representation.subsets import subset_name, subsets
from mmcore.metrics.generation.coherence import coherence
from mmcore.metrics.generation.generated_labels import LabelCache
from mmcore.metrics.generation.random_coherence import LabelAgreement, random_coherence

ROWS = 2000
CHANCE = 5 * (0.25 * 0.75 / ROWS) ** 0.5


def measured(rigged, fusion="inference", **says):
    model, source, classifiers = rigged(**says)
    given = subsets(model.names)
    return coherence(
        model, source, torch.arange(ROWS), classifiers, given, named_posterior(model, fusion)
    )


@pytest.mark.parametrize("fusion", ["product", "mixture"])
def test_a_generator_that_repeats_what_is_given_is_coherent(rigged, fusion):
    result = measured(rigged, fusion, a="same", b="same")
    ones = {"a": 1.0, "b": 1.0}
    assert result.classified == {"a": ones, "b": ones, "a+b": ones}
    assert result.decoded == result.classified
    assert result.joint == {"a": 1.0, "b": 1.0, "a+b": 1.0}
    assert result.rows == ROWS


def test_a_generator_that_says_the_next_class_never_is(rigged):
    result = measured(rigged, "product", a="same", b="next")
    assert {subset: by["b"] for subset, by in result.classified.items()} == {
        "a": 0,
        "b": 0,
        "a+b": 0,
    }
    assert {subset: by["a"] for subset, by in result.classified.items()} == {
        "a": 1,
        "b": 1,
        "a+b": 1,
    }
    # outside of a is b alone, outside of b is a alone, outside of both is nothing: all must agree
    assert result.joint == {"a": 0.0, "b": 1.0, "a+b": 0.0}


def test_a_generator_that_ignores_what_is_given_is_at_chance(rigged):
    result = measured(rigged, "product", a="same", b="anything", c="anything")
    for subset in result.classified:
        assert result.classified[subset]["b"] == pytest.approx(0.25, abs=CHANCE)
    # b and c are independent given a: both are right in 1/16
    assert result.joint["a"] == pytest.approx(1 / 16, abs=5 * (1 / 16 * 15 / 16 / ROWS) ** 0.5)


def test_what_was_not_given_alone_is_generated_as_it_is_beside_the_rest(rigged):
    model, source, classifiers = rigged(a="same", b="anything", c="next")
    arguments = model, source, torch.arange(ROWS), classifiers, subsets(model.names)
    fusion = named_posterior(model, "mixture")
    every, crossed = coherence(*arguments, fusion), coherence(*arguments, fusion, crossed=True)
    assert crossed.classified == {
        subset: {name: share for name, share in by.items() if name not in subset.split("+")}
        for subset, by in every.classified.items()
    }


def agreement_of(model, classifiers):
    return random_coherence(model, model.generation_prior, classifiers, ROWS)


def test_random_coherence_is_strict_agreement(rigged):
    """Defect D6 of the original: triples in which the first differs from both counted as coherent."""
    model, _, classifiers = rigged(a="same", b="same", c="same")
    assert agreement_of(model, classifiers).strict == 1.0
    model, _, classifiers = rigged(a="same", b="next", c="next")
    different = agreement_of(model, classifiers)
    assert (different.strict, different.lenient) == (0.0, 1.0)  # what the paper's criterion counts
    assert different.pairs == {"a = b": 0.0, "a = c": 0.0, "b = c": 1.0}
    model, _, classifiers = rigged(a="same", b="anything", c="anything")
    share = agreement_of(model, classifiers)
    guesses = LabelAgreement.of_guesses(4, ["a", "b", "c"])
    for own, wanted in zip(share.numbers, guesses.numbers, strict=True):
        assert own == pytest.approx(wanted, abs=5 * (wanted * (1 - wanted) / ROWS) ** 0.5)
    assert LabelAgreement.of_guesses(10, ["a", "b", "c"]).lenient == pytest.approx(0.82)
    assert share.strict == pytest.approx(1 / 16, abs=5 * (1 / 16 * 15 / 16 / ROWS) ** 0.5)


def test_a_modality_without_a_classifier_is_left_out(rigged):
    model, source, classifiers = rigged(a="same", b="same")
    only = {"a": classifiers["a"]}
    fusion = named_posterior(model, "product")
    result = coherence(model, source, torch.arange(8), only, [("a",), ("b",)], fusion)
    assert result.classified == {"a": {"a": 1.0}, "b": {"a": 1.0}}
    assert result.joint == {"b": 1.0}


def test_only_what_is_given_speaks(rigged):
    """Samples whose second modality shows the class after the first's, by which they are labeled."""
    model, _, classifiers = rigged(a="same", b="same")
    labels = torch.arange(40) % 4
    first = TensorView(torch.eye(4)[labels], labels)
    second = TensorView(torch.eye(4)[(labels + 1) % 4], labels)
    source = Paired({"a": first, "b": second}, torch.arange(40).unsqueeze(1).expand(40, 2))
    fusion = named_posterior(model, "product")
    result = coherence(model, source, torch.arange(40), classifiers, [("a",), ("b",)], fusion)
    assert result.classified == {"a": {"a": 1.0, "b": 1.0}, "b": {"a": 0.0, "b": 0.0}}


def test_the_encoders_run_once_for_all_subsets(rigged, monkeypatch):
    model, source, classifiers = rigged(a="same", b="same", c="same")
    calls = []
    encode = type(model.codec["a"]).encode
    monkeypatch.setattr(
        type(model.codec["a"]), "encode", lambda self, x: calls.append(1) or encode(self, x)
    )
    given = subsets(model.names)
    coherence(model, source, torch.arange(8), classifiers, given, named_posterior(model, "product"))
    assert len(calls) == 3


def test_equal_posteriors_are_decoded_once(rigged, monkeypatch):
    model, source, classifiers = rigged(a="same", b="anything", c="next")
    arguments = model, source, torch.arange(ROWS), classifiers, subsets(model.names)
    fusion, seeds = named_posterior(model, "product"), (0, 0, 1)
    alone = [coherence(*arguments, fusion, seed) for seed in seeds]
    cache, calls, decode = LabelCache(model.codec, classifiers), [], type(model.codec).decode
    monkeypatch.setattr(
        type(model.codec), "decode", lambda *given: calls.append(1) or decode(*given)
    )
    counts = []
    for seed, wanted in zip(seeds, alone, strict=True):
        assert coherence(*arguments, fusion, seed, cache=cache) == wanted
        counts.append(len(calls))
    assert counts[0] == counts[1] < counts[2]


def test_values_of_other_styles_are_decoded_again(rigged):
    model, _, classifiers = rigged(a="same", b="anything")
    cache, content = LabelCache(model.codec, classifiers), torch.zeros(1, 4)
    result = [cache.labels("b", content, style).logits.argmax() for style in torch.eye(4).split(1)]
    assert result == [0, 1, 2, 3]


@pytest.mark.parametrize("name", CoherenceSettings().compared)
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
