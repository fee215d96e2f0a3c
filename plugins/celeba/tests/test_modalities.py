import pytest
import torch
from mmcore_celeba.data import DescriptionsData, FacesData
from mmcore_celeba.image import CelebaImage
from mmcore_celeba.settings import ImageSettings, TextSettings
from mmcore_celeba.text import CelebaText
from mmcore_text.alphabet import ALPHABET

from mmcore import Noise
from mmcore.plugins import Context

KINDS = {
    "celeba-image": (CelebaImage, ImageSettings, FacesData),
    "celeba-text": (CelebaText, TextSettings, DescriptionsData),
}


def build(name, content_dim=6, style_dim=2, **settings):
    factory, options, _ = KINDS[name]
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return factory(options(width=4, **settings), Context.of(content_dim, style_dim))


@pytest.fixture(params=KINDS)
def name(request, small_sample):
    return request.param


@pytest.fixture
def view(name):
    return KINDS[name][2]().sample("test")


def prepared(modality, view, rows):
    return modality.prepare(view.fetch(torch.arange(rows), Noise(rows)))


@pytest.mark.parametrize("rows", [1, 5])
def test_encodes_and_decodes_any_number_of_rows(name, view, rows):
    modality = build(name).eval()
    x = prepared(modality, view, rows)
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


def loss(modality, x):
    posterior = modality.encode(x)
    nll = -modality.decode(posterior.content.loc, posterior.style.loc).log_prob(x)
    return nll + posterior.content.logvar.sum(-1) + posterior.style.logvar.sum(-1)


def test_every_parameter_learns(name, view):
    modality = build(name, dropout=0.0)
    loss(modality, prepared(modality, view, 5)).sum().backward()
    assert all((p.grad != 0).any() for p in modality.parameters())


def test_rows_do_not_influence_one_another_while_training(name, view):
    """Batch normalization, which the original has, would fail here."""
    modality = build(name, dropout=0.0).train()
    x = prepared(modality, view, 5)
    assert torch.allclose(loss(modality, x)[1:3], loss(modality, x[1:3]), rtol=1e-4)


def test_checkpointing_changes_no_gradient(name, view):
    gradients = []
    for checkpointing in (False, True):
        modality = build(name, checkpointing=checkpointing).train()
        with torch.random.fork_rng():
            torch.manual_seed(1)
            loss(modality, prepared(modality, view, 3)).sum().backward()
        gradients.append([p.grad for p in modality.parameters()])
    for plain, again in zip(*gradients, strict=True):
        assert torch.allclose(plain, again, rtol=1e-4, atol=1e-6)


def test_the_networks_are_as_large_as_the_papers():
    """Sizes of the published code at its width of 128, counted there."""
    with torch.device("meta"):
        image = CelebaImage(ImageSettings(), Context.of(32, 32))
        text = CelebaText(TextSettings(), Context.of(32, 32))
    parts = (image.encoder, image.decoder, text.encoder, text.decoder)
    sizes = [sum(p.numel() for p in part.parameters()) for part in parts]
    assert sizes == [21_559_040, 21_912_323, 13_250_816, 13_604_039]
    assert sum(sizes) == 70_326_218


def test_the_text_likelihood_is_normalized_over_the_alphabet():
    likelihood = build("celeba-text").decode(torch.randn(2, 6), torch.randn(2, 2))
    base = torch.zeros(2, 256, dtype=torch.long)
    total = torch.zeros(2)
    for symbol in range(len(ALPHABET)):
        one = base.clone()
        one[:, 7] = symbol
        total = total + (likelihood.log_prob(one) - likelihood.log_prob(base)).exp()
    assert torch.allclose(1 / total, likelihood.probs[:, 0, 7], rtol=1e-3)


def test_the_likelihood_weights_are_the_papers():
    """16 for the text: the pixels of a picture, colors not counted apart, over the characters."""
    assert build("celeba-image").data_size / build("celeba-text").data_size == 16


def test_the_sample_is_the_same_every_time_and_its_splits_differ(name, view):
    dataset = KINDS[name][2]()
    again, train = dataset.sample("test"), dataset.sample("train")
    rows, noise = torch.arange(9), Noise(9)
    assert torch.equal(again.fetch(rows, noise), view.fetch(rows, noise))
    assert torch.equal(again.labels, view.labels)
    assert not torch.equal(train.fetch(rows, noise), view.fetch(rows, noise))
    assert ((view.labels.float().mean(0) > 0.02) & (view.labels.float().mean(0) < 0.98)).all()


def test_the_samples_of_both_show_the_same_faces(small_sample):
    faces, words = FacesData().sample("train"), DescriptionsData().sample("train")
    assert list(faces.keys) == list(words.keys)
    assert torch.equal(faces.labels, words.labels)


def test_every_drawn_attribute_is_seen(small_sample):
    """A face with and one without it, all else alike, differ."""
    from mmcore_celeba.drawing import NAMES, draw_faces

    bare = (torch.zeros(len(NAMES), len(NAMES)).numpy()).astype("uint8")
    black = NAMES.index("Black_Hair")
    bare[:, black] = 1
    changed = bare.copy()
    for place, name in enumerate(NAMES):
        if "Hair" in name and name != "Long_Hair":
            changed[place, black] = 0
        changed[place, place] = 1 - bare[place, place]
    before, after = draw_faces(bare, seed=3).astype(int), draw_faces(changed, seed=3).astype(int)
    apart = (abs(before - after).max(-1) > 25).mean((1, 2))
    assert dict(zip(NAMES, apart > 0.004, strict=True)) == dict.fromkeys(NAMES, True)


def test_the_classifier_reads_real_and_generated_values(name, view):
    modality = build(name).eval()
    classifier = modality.classifier(16).eval()
    x = prepared(modality, view, 5)
    likelihood = modality.decode(torch.randn(5, 6), torch.randn(5, 2))
    for inputs in (modality.classifier_input(x), modality.classifier_input_of(likelihood)):
        assert classifier(inputs).shape == (5, 16)
        assert classifier.features(inputs).dim() == 2
