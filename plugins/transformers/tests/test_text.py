import pytest
import torch
from mmcore_transformers.captions import Captions, captions
from mmcore_transformers.sentences import DIGITS
from mmcore_transformers.settings import HfTextSettings
from torch.nn.utils import parameters_to_vector

from mmcore import Catalogue, Context, MmcoreError, Noise
from mmcore.data import Dataset, TensorView

TEXTS = ["a photo of the digit seven", "this is a three", "", "Ünïcode, too! 7"]


@pytest.fixture(scope="module")
def sentences():
    return Captions().sample("test")


def fetched(view, rows=5):
    return view.fetch(torch.arange(rows), Noise(rows))


@pytest.mark.parametrize("rows", [1, 7])
def test_encodes_and_decodes_any_number_of_rows(text, sentences, rows):
    modality = text()
    x = modality.prepare(fetched(modality.stored(sentences), rows))
    posterior = modality.encode(x)
    assert x.shape == (rows, *modality.event_shape)
    assert posterior.content.loc.shape == (rows, 3)
    assert posterior.style.logvar.shape == (rows, 2)
    likelihood = modality.decode(posterior.content.loc, posterior.style.loc)
    assert likelihood.log_prob(x).shape == (rows,)
    assert likelihood.mode.shape == x.shape
    assert modality.render(x).shape == (rows, 3, 32, 128)


def test_a_text_survives_the_way_through_tokens(text):
    modality = text(length=64)
    assert modality.texts(modality.tokens(TEXTS)) == TEXTS


def test_what_stands_after_the_end_is_not_encoded(text):
    modality = text()
    x = modality.tokens(["a photo of a two"])
    other = x.clone()
    other[:, x[0].tolist().index(modality.vocabulary.end) + 1 :] = 300
    assert torch.equal(modality.encode(x).content.loc, modality.encode(other).content.loc)


def test_rows_do_not_influence_one_another(text):
    modality = text()
    x = modality.tokens(["a photo of a two", "this is a three in the middle on paper"])
    alone, together = modality.encode(x[:1]), modality.encode(x)
    assert torch.allclose(alone.content.loc, together.content.loc[:1], atol=1e-6)


@pytest.mark.parametrize("settings", [{}, {"gradient_checkpointing": True}], ids=str)
def test_everything_that_can_learn_does(text, settings):
    modality = text(**settings).train()
    x = modality.tokens(TEXTS)
    posterior = modality.encode(x)
    loss = -modality.decode(posterior.content.loc, posterior.style.loc).log_prob(x).sum()
    (loss + posterior.content.logvar.sum() + posterior.style.logvar.sum()).backward()
    for name, parameter in modality.named_parameters():
        assert parameter.grad is not None or "pooler" in name, name


def test_checkpointing_changes_no_gradient(text):
    gradients = []
    for checkpointing in (False, True):
        modality = text(gradient_checkpointing=checkpointing, config=NO_DROPOUT).train()
        x = modality.tokens(TEXTS)
        posterior = modality.encode(x)
        modality.decode(posterior.content.loc, posterior.style.loc).log_prob(x).sum().backward()
        trained = [p for p in modality.parameters() if p.grad is not None]
        gradients.append(parameters_to_vector(p.grad for p in trained))
    assert torch.allclose(*gradients, atol=1e-5)


NO_DROPOUT = {
    "model_type": "bert",
    "hidden_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "hidden_dropout_prob": 0.0,
    "attention_probs_dropout_prob": 0.0,
}


def test_the_seed_decides_the_weights(text):
    one, other = text(), text()
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))


# -- storing -------------------------------------------------------------------------------------


def test_features_of_a_frozen_encoder_are_those_it_computes(text, sentences):
    modality = text(frozen=True)
    raw = fetched(modality.stored(sentences), 9)
    x = modality.prepare(raw)
    assert torch.equal(x, modality.tokens(sentences.texts(torch.arange(9))))
    stored, computed = modality.encode_stored(raw, x), modality.encode(x)
    assert torch.allclose(stored.content.loc, computed.content.loc, atol=1e-6)


def test_features_are_computed_once(text, sentences, monkeypatch):
    modality = text(frozen=True)
    raw = fetched(modality.stored(sentences))
    calls = []
    monkeypatch.setattr(type(modality.backbone), "forward", lambda *a, **k: calls.append(a))
    monkeypatch.setattr(type(modality.vocabulary), "encode", lambda *a: calls.append(a))
    again = modality.stored(sentences)
    assert torch.equal(fetched(again), raw)
    modality.encode_stored(raw, modality.prepare(raw))
    assert not calls


def test_other_weights_have_other_features(text, sentences):
    one = text(frozen=True)
    raw = fetched(one.stored(sentences))
    with torch.no_grad():
        next(one.backbone.parameters()).add_(1.0)
    other = fetched(one.stored(sentences))
    assert not torch.equal(raw, other)
    x = one.prepare(other)
    assert torch.allclose(
        one.encode_stored(other, x).content.loc, one.encode(x).content.loc, atol=1e-5
    )


def test_a_damaged_cache_is_made_anew(text, sentences, tmp_path):
    modality = text()
    raw = fetched(modality.stored(sentences))
    (file,) = (tmp_path / "cache").rglob("*.npy")
    file.write_bytes(file.read_bytes()[:200])
    assert torch.equal(fetched(modality.stored(sentences)), raw)


def test_a_frozen_encoder_is_not_trained_and_has_no_dropout(text):
    modality = text(frozen=True).train()
    assert not any(p.requires_grad for p in modality.backbone.parameters())
    x = modality.tokens(TEXTS)
    assert torch.equal(modality.encode(x).content.loc, modality.encode(x).content.loc)


def test_texts_that_are_cut_off_are_told(text, sentences):
    with pytest.warns(UserWarning, match="longer than 4 tokens"):
        text(length=4).stored(sentences)


def test_data_without_texts_is_refused(text):
    view = TensorView(torch.zeros(3, 2), torch.zeros(3))
    with pytest.raises(MmcoreError, match="TensorView has none"):
        text().stored(view)


# -- captions ------------------------------------------------------------------------------------


def test_sentences_name_their_digit_and_splits_share_none(sentences):
    train = Captions().sample("train")
    held_out = set(sentences.texts(torch.arange(len(sentences))))
    assert not held_out & set(train.texts(torch.arange(len(train))))
    for view in (train, sentences):
        assert view.labels.unique().tolist() == list(range(10))
        for text, label in zip(view.texts(torch.arange(50)), view.labels.tolist(), strict=False):
            assert DIGITS[label] in text.split()
    assert bytes(fetched(sentences)[0].tolist()).rstrip(b"\0").decode() in held_out


def test_captions_come_from_another_modality(text):
    dataset = captions(HfTextSettings(captions="text"), Context(catalogue=Catalogue.discover()))
    assert isinstance(dataset, Dataset)
    modality = text(captions="text")
    view = modality.stored(dataset.sample("train"))
    assert modality.texts(modality.prepare(fetched(view, 10))) == list(DIGITS)


@pytest.mark.parametrize(
    ("name", "message"),
    [("mnist", "no texts"), ("hf-text", "no data of its own"), ("txt", "unknown")],
)
def test_a_source_without_texts_is_refused(text, name, message):
    with pytest.raises(MmcoreError, match=message):
        text(captions=name)


# -- evaluation ----------------------------------------------------------------------------------


def test_counts_are_tokens_and_characters(text):
    modality = text(length=64)
    counts = modality.unit_counts(modality.tokens(TEXTS))
    assert counts["character"].tolist() == [len(text) for text in TEXTS]
    assert counts["token"][2] == 1  # the end of the empty text


def test_the_classifier_reads_real_and_generated_values(text):
    modality = text()
    likelihood = modality.decode(torch.zeros(4, 3), torch.zeros(4, 2))
    for inputs in (modality.tokens(TEXTS), modality.classifier_input_of(likelihood)):
        assert modality.classifier(10)(inputs).shape == (4, 10)
