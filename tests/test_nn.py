"""The bases of images and sequences agree with the parts that they are made of."""

import torch
from torch import nn

from mmcore.nn import Crop, ImageModality, PosteriorHead, SequenceModality, one_hot

CONTENT, STYLE, ROWS = 3, 2, 4


class Pixels(ImageModality):
    """Images of 2 x 3 pixels."""

    def __init__(self):
        encoder = nn.Sequential(nn.Flatten(), PosteriorHead(6, CONTENT, STYLE))
        decoder = nn.Sequential(nn.Linear(CONTENT + STYLE, 6), nn.Unflatten(1, (1, 2, 3)))
        super().__init__(encoder, decoder, 0.5)

    @property
    def event_shape(self):
        return torch.Size((1, 2, 3))


class Letters(SequenceModality):
    """Five places of four letters."""

    def __init__(self):
        encoder = nn.Sequential(nn.Flatten(), PosteriorHead(20, CONTENT, STYLE))
        decoder = nn.Sequential(nn.Linear(CONTENT + STYLE, 20), nn.Unflatten(1, (4, 5)))
        super().__init__(encoder, decoder, 4)

    @property
    def event_shape(self):
        return torch.Size((5,))


def latents():
    return torch.randn(ROWS, CONTENT), torch.randn(ROWS, STYLE)


def test_images_have_independent_laplace_densities_around_the_decoder():
    modality, (content, style) = Pixels(), latents()
    x = modality.prepare(torch.randint(0, 256, (ROWS, 1, 2, 3)).byte())
    assert x.min() >= 0
    assert x.max() <= 1
    loc = modality.decoder(torch.cat([style, content], 1))
    wanted = torch.distributions.Laplace(loc, 0.5).log_prob(x).flatten(1).sum(1)
    assert torch.allclose(modality.decode(content, style).log_prob(x), wanted, atol=1e-5)
    assert modality.render(x).shape == (ROWS, 3, 2, 3)


def test_sequences_have_independent_categories_at_each_place():
    modality, (content, style) = Letters(), latents()
    x = modality.prepare(torch.randint(0, 4, (ROWS, 5)).byte())
    logits = modality.decoder(torch.cat([style, content], 1)).transpose(1, 2)
    wanted = torch.distributions.Categorical(logits=logits).log_prob(x).sum(1)
    likelihood = modality.decode(content, style)
    assert torch.allclose(likelihood.log_prob(x), wanted, atol=1e-5)
    probabilities = modality.classifier_input_of(likelihood)
    assert torch.allclose(probabilities, logits.softmax(-1).transpose(1, 2))
    assert torch.equal(
        modality.encode(x).content.loc, modality.encoder(one_hot(x, 4, torch.float32)).content.loc
    )


def test_one_hot_vectors_have_the_categories_before_the_places():
    indices = torch.randint(0, 4, (ROWS, 5))
    wanted = nn.functional.one_hot(indices, 4).transpose(1, 2).double()
    assert torch.equal(one_hot(indices, 4, torch.float64), wanted)


def test_a_crop_keeps_the_first_elements():
    x = torch.randn(2, 3, 5, 7)
    assert torch.equal(Crop(4, 6)(x), x[:, :, :4, :6])
    assert torch.equal(Crop(1)(x), x[..., :1])
