import pytest
import torch
from mmcore_text.alphabet import ALPHABET, decode, encode
from mmcore_text.data import WORDS, TextData
from mmcore_text.modality import Text
from mmcore_text.settings import TextSettings

from mmcore import Noise
from mmcore.likelihoods import CategoricalSequence
from mmcore.plugins import Context
from mmcore.testing import parametrize_checks


@parametrize_checks("modality", "text")
def test_conforms(check):
    check()


@pytest.fixture(scope="module")
def modality():
    return Text(TextSettings(), Context.of(6, 2))


@pytest.fixture(scope="module")
def view():
    return TextData().sample("test")


def fetched(view, rows):
    return view.fetch(torch.arange(rows) % len(view), Noise(rows))


def test_the_sample_has_every_class(view):
    assert view.labels.unique().tolist() == list(range(10))


def test_words_stand_at_every_allowed_place_and_are_redrawn():
    view = TextData().sample("train")
    starts = {}
    for step in range(40):
        places = view.fetch(torch.arange(10).repeat(20), Noise(200, step=step))
        for label, text in zip(list(range(10)) * 20, decode(places), strict=True):
            assert text.strip() == WORDS[label]
            starts.setdefault(label, set()).add(len(text) - len(text.lstrip()))
    assert starts == {label: set(range(8 - len(word))) for label, word in enumerate(WORDS)}


def test_the_likelihood_is_normalized_over_the_alphabet(modality):
    likelihood = modality.decode(torch.randn(2, 6), torch.randn(2, 2))
    base = torch.zeros(2, 8, dtype=torch.long)
    total = torch.zeros(2)
    for symbol in range(len(ALPHABET)):
        one = base.clone()
        one[:, 0] = symbol
        total = total + (likelihood.log_prob(one) - likelihood.log_prob(base)).exp()
    share = likelihood.probs[:, 0, 0]
    assert torch.allclose(1 / total, share, rtol=1e-4)


def test_a_word_reads_as_its_digit_at_every_place_and_nothing_else_does(modality, view):
    for step in range(20):
        places = modality.prepare(view.fetch(torch.arange(10), Noise(10, step=step)))
        assert modality.decoded_label(places).tolist() == list(range(10))
    wrong = encode(["zerozero", "on", " fiv e", "", "Nine".lower() + "!"])
    assert modality.decoded_label(wrong).tolist() == [-1] * 5


def test_the_evidence_of_a_certain_likelihood_is_that_of_its_mode(modality):
    likelihood = modality.decode(torch.randn(3, 6), torch.randn(3, 2))
    inputs = modality.classifier_input_of(likelihood)
    assert torch.allclose(inputs.sum(1), torch.ones(3, 8))
    assert torch.equal(inputs.argmax(1), likelihood.mode)
    certain = CategoricalSequence(100 * modality.classifier_input(likelihood.mode))
    assert torch.allclose(
        modality.classifier_input_of(certain), modality.classifier_input(likelihood.mode)
    )
