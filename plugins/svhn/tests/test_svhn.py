import pytest
import torch
from mmcore_svhn.data import SvhnData
from mmcore_svhn.modality import Svhn
from mmcore_svhn.settings import SvhnSettings
from torch.nn import functional

from mmcore import Noise
from mmcore.plugins import Context
from mmcore.testing import parametrize_checks


@parametrize_checks("modality", "svhn")
def test_conforms(check):
    check()


@pytest.fixture(scope="module")
def view():
    return SvhnData().sample("test")


def fetched(view, rows):
    return view.fetch(torch.arange(rows) % len(view), Noise(rows))


def test_the_sample_has_every_class(view):
    assert view.labels.unique().tolist() == list(range(10))


def test_the_splits_of_the_sample_differ(view):
    train = SvhnData().sample("train")
    assert not torch.equal(fetched(train, 9), fetched(view, 9))


def test_a_seed_gives_the_same_images_again(view):
    assert torch.equal(fetched(SvhnData().sample("test"), 9), fetched(view, 9))


def test_the_digit_is_at_the_center(view):
    """The mean deviation from the background has its center of mass in the middle of the image."""
    pictures = fetched(view, 500).double().mean(1)
    ink = (pictures - pictures[:, :3].mean((1, 2), keepdim=True)).abs().mean(0)
    ink = (ink - ink.min())[:, 8:24]
    places = torch.arange(32.0).double() - 15.5
    assert abs(ink.sum(1) @ places / ink.sum()) < 1
    assert abs(ink.sum(0) @ places[8:24] / ink.sum()) < 1


def test_images_of_a_digit_resemble_one_another(view):
    """The mean image of a digit, without its background, is nearest to others of the same digit."""
    pictures = fetched(view, 1000).double().mean(1)
    deviation = (pictures - pictures.mean((1, 2), keepdim=True)).flatten(1)
    # Ink is darker or lighter than paper.
    shapes = (deviation * deviation[:, [16 * 32 + 16]].sign()).abs()
    shapes = shapes - shapes.mean(0)
    first, second = (
        torch.stack([shapes[part][view.labels[part] == digit].mean(0) for digit in range(10)])
        for part in (slice(0, 500), slice(500, 1000))
    )
    nearest = functional.normalize(first) @ functional.normalize(second).mT
    assert nearest.argmax(1).tolist() == list(range(10))


def built(tint):
    context = Context(name="svhn", content_dim=3, style_dims={"svhn": 2})
    return Svhn(SvhnSettings(width=4, tint=tint), context)


def test_the_tint_is_one_color_of_the_whole_image_and_linear():
    decoder = built(tint=True).decoder
    latent = torch.randn(2, 6, 5)
    with torch.no_grad():
        first, second = (decoder(z) - decoder.decoder(z) for z in latent)
        both = decoder(latent.sum(0)) - decoder.decoder(latent.sum(0))
    assert torch.allclose(first, first[:, :, :1, :1].expand_as(first), atol=1e-6)
    assert first.std((0, 2, 3)).min() > 0.01
    offset = decoder.tint.bias.detach().reshape(3, 1, 1)
    assert torch.allclose(both, first + second - offset, atol=1e-5)


def test_the_published_decoder_has_no_tint():
    names = [name for name, _ in built(tint=False).named_parameters()]
    assert len(names) == 20
    assert not any("tint" in name for name in names)
