import pytest
import torch
from mmcore_text.alphabet import ALPHABET, decode, encode
from mmcore_text.data import WORDS, TextData
from mmcore_text.modality import Text
from mmcore_text.settings import TextSettings
from torch.distributions import Categorical, Independent

from mmcore import Noise


@pytest.fixture(scope="module")
def modality():
    return Text(TextSettings(), content_dim=6, style_dim=2)


@pytest.fixture(scope="module")
def view():
    return TextData().sample("test")


def fetched(view, rows):
    return view.fetch(torch.arange(rows) % len(view), Noise(rows))


@pytest.mark.parametrize("rows", [1, 7])
def test_encodes_and_decodes_any_number_of_rows(modality, view, rows):
    x = modality.prepare(fetched(view, rows))
    posterior = modality.encode(x)
    assert x.shape == (rows, *modality.event_shape)
    assert posterior.content.loc.shape == (rows, 6)
    assert posterior.style.logvar.shape == (rows, 2)
    likelihood = modality.decode(posterior.content.loc, posterior.style.loc)
    assert likelihood.log_prob(x).shape == (rows,)
    assert likelihood.log_prob(x).isfinite().all()
    assert likelihood.mode.shape == x.shape
    assert modality.render(x).shape[:2] == (rows, 3)
    assert 0 <= modality.render(x).min() <= modality.render(x).max() <= 1


def test_every_parameter_learns(modality, view):
    x = modality.prepare(fetched(view, 7))
    posterior = modality.encode(x)
    loss = -modality.decode(posterior.content.loc, posterior.style.loc).log_prob(x).sum()
    (loss + posterior.content.logvar.sum() + posterior.style.logvar.sum()).backward()
    assert all((p.grad != 0).any() for p in modality.parameters())


def test_the_sample_is_the_same_every_time_and_has_every_class(view):
    again = TextData().sample("test")
    assert torch.equal(fetched(again, 9), fetched(view, 9))
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


def test_the_likelihood_is_normalised_over_the_alphabet(modality):
    likelihood = modality.decode(torch.randn(2, 6), torch.randn(2, 2))
    base = torch.zeros(2, 8, dtype=torch.long)
    total = torch.zeros(2)
    for symbol in range(len(ALPHABET)):
        one = base.clone()
        one[:, 0] = symbol
        total = total + (likelihood.log_prob(one) - likelihood.log_prob(base)).exp()
    share = likelihood.base_dist.probs[:, 0, 0]
    assert torch.allclose(1 / total, share, rtol=1e-4)


def test_a_word_reads_as_its_digit_at_every_place_and_nothing_else_does(modality, view):
    for step in range(20):
        places = modality.prepare(view.fetch(torch.arange(10), Noise(10, step=step)))
        assert modality.reads_as(places).tolist() == list(range(10))
    wrong = encode(["zerozero", "on", " fiv e", "", "Nine".lower() + "!"])
    assert modality.reads_as(wrong).tolist() == [-1] * 5


def test_the_evidence_of_a_certain_likelihood_is_that_of_its_mode(modality):
    likelihood = modality.decode(torch.randn(3, 6), torch.randn(3, 2))
    evidence = modality.evidence_of(likelihood)
    assert torch.allclose(evidence.sum(1), torch.ones(3, 8))
    assert torch.equal(evidence.argmax(1), likelihood.mode)
    certain = Independent(Categorical(probs=modality.evidence(likelihood.mode).transpose(1, 2)), 1)
    assert torch.allclose(modality.evidence_of(certain), modality.evidence(likelihood.mode))


def test_the_classifier_reads_real_and_generated_values(modality, view):
    classifier = modality.classifier(10).eval()
    x = modality.prepare(fetched(view, 5))
    likelihood = modality.decode(torch.randn(5, 6), torch.randn(5, 2))
    for evidence in (modality.evidence(x), modality.evidence_of(likelihood)):
        assert classifier(evidence).shape == (5, 10)
        assert classifier.features(evidence).dim() == 2
