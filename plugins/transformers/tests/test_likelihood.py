"""The likelihood of texts: identities, and step-by-step conditionals as the oracle."""

import math
from dataclasses import replace
from itertools import product

import pytest
import torch
from mmcore_transformers.decoder import TokenDecoder
from mmcore_transformers.likelihood import TokenSequence, Unigram, scored
from torch import Tensor

from mmcore import Batch, Modality, Noise, Posterior
from mmcore.aggregators import ProductOfExperts
from mmcore.codec import Codec
from mmcore.distributions import Gaussian
from mmcore.fusion import Fusion
from mmcore.inference.likelihood.importance_sampling import conditional_log_likelihood
from mmcore.plugins import Context
from mmcore.priors import StandardPrior
from mmcore.testing.linear_gaussian import LinearGaussian, LinearGaussianSettings

END, PAD = 2, 0
ROWS = 4


def make(vocabulary=5, length=3, pad=PAD, rows=ROWS):
    with torch.random.fork_rng():
        torch.manual_seed(1)
        decoder = TokenDecoder(2, vocabulary, length, width=8, layers=2).eval()
        for parameter in decoder.parameters():  # far from uniform, so that mistakes are seen
            torch.nn.init.normal_(parameter, std=0.7)
        codes = decoder.code(torch.randn(rows, 2))
    return TokenSequence(decoder, codes, length=length, end=END, pad=pad)


def canonical(vocabulary, length, pad=PAD):
    """Every text: any tokens, each at most once followed by nothing but padding after the end."""
    texts = set()
    for tokens in product(range(vocabulary), repeat=length):
        kept = tokens[: tokens.index(END) + 1] if END in tokens else tokens
        texts.add(kept + (pad,) * (length - len(kept)))
    return torch.tensor(sorted(texts))


def conditionals(likelihood, value):
    """The logarithm of each p(x_t | x_<t, z), (B, L), with the cache and a token at a time."""
    logits, past = likelihood._decoder.begin(likelihood._codes)
    actual = []
    for place, token in enumerate(value.unbind(1)):
        actual.append(logits.log_softmax(-1).gather(1, token[:, None])[:, 0])
        if place + 1 < value.shape[1]:
            logits, past = likelihood._decoder.proceed(token, past)
    return torch.stack(actual, 1)


@pytest.mark.parametrize("pad", [PAD, END])
@torch.no_grad()
def test_all_texts_together_have_probability_one(float64, pad):
    likelihood = make(pad=pad)
    total = torch.zeros(ROWS)
    for text in canonical(5, 3, pad):
        total += likelihood.log_prob(text.expand(ROWS, 3)).exp()
    assert torch.allclose(total, torch.ones(ROWS))


@torch.no_grad()
def test_teacher_forcing_gives_the_sum_of_the_conditionals(float64):
    likelihood = make(vocabulary=7, length=5)
    value = torch.tensor([[3, 4, END, 0, 0], [END, 0, 0, 0, 0], [6, 5, 4, 3, 1], [1, 1, 1, 1, END]])
    each, counted = conditionals(likelihood, value), torch.tensor([3, 1, 5, 5])
    wanted = torch.stack([row[:n].sum() for row, n in zip(each, counted, strict=True)])
    assert torch.allclose(likelihood.log_prob(value), wanted)


@torch.no_grad()
def test_the_future_does_not_change_the_past(float64):
    likelihood = make(length=4)
    one, other = torch.tensor([[3, 4, 1, 3]]), torch.tensor([[3, 4, 4, 4]])
    logits = [likelihood._decoder(likelihood._codes[:1], x) for x in (one, other)]
    assert torch.allclose(logits[0][:, :3], logits[1][:, :3])
    assert not torch.allclose(logits[0][:, 3:], logits[1][:, 3:])


@torch.no_grad()
def test_what_stands_after_the_end_is_not_scored():
    likelihood = make(length=4, rows=1)
    one, other = torch.tensor([[3, END, 0, 0]]), torch.tensor([[3, END, 4, 1]])
    assert torch.equal(likelihood.log_prob(one), likelihood.log_prob(other))


def test_the_first_end_is_the_last_token_that_counts():
    tokens = torch.tensor([[3, END, END, 4], [1, 1, 1, 1], [END, 0, 0, 0]])
    assert scored(tokens, END).sum(1).tolist() == [2, 4, 1]


@torch.no_grad()
def test_greedy_is_the_most_likely_token_at_each_place(float64):
    likelihood = make(vocabulary=6, length=4, rows=20)
    mode = likelihood.mode
    best = likelihood._decoder(likelihood._codes, mode[:, :-1]).argmax(-1)
    counted = scored(mode, END)
    assert torch.equal(mode[counted], best[counted])
    assert (mode[~counted] == PAD).all()


@torch.no_grad()
def test_the_mode_of_texts_of_one_token_beats_every_other(float64):
    likelihood = make(length=1)
    best = likelihood.log_prob(likelihood.mode)
    for token in range(5):
        assert (best >= likelihood.log_prob(torch.full((ROWS, 1), token)) - 1e-12).all()


@torch.no_grad()
def test_texts_are_drawn_as_often_as_their_probability_says():
    likelihood, draws = make(vocabulary=4, length=2, rows=1), 4000
    with torch.random.fork_rng():
        torch.manual_seed(0)
        drawn = likelihood.sample((draws,))
    assert drawn.shape == (draws, 1, 2)
    for text in canonical(4, 2):
        share = float((drawn[:, 0] == text).all(1).double().mean())
        wanted = float(likelihood.log_prob(text[None]).exp())
        assert abs(share - wanted) <= 5 * (wanted * (1 - wanted) / draws) ** 0.5 + 1e-9


def test_the_unigram_baseline_is_normalized_and_counts():
    texts = torch.tensor([[3, 3, END, 0], [3, END, 0, 0]])
    baseline = Unigram.fitted(texts, size=5, end=END)
    # 3 stands three times, the end twice, with one more of each of five tokens
    wanted = torch.tensor([4, 3]).double().div(10).log().sum()
    assert torch.allclose(baseline.log_prob(texts[1:]), wanted)
    assert torch.allclose(_total(baseline, canonical(5, 4)), torch.tensor(1.0).double())


def _total(likelihood, texts: Tensor) -> Tensor:
    return likelihood.log_prob(texts).exp().sum()


# -- given others --------------------------------------------------------------------------------


class Words(Modality):
    """Three tokens of five, with the decoder under test; an encoder without information."""

    def __init__(self):
        super().__init__()
        self.decoder = make()._decoder

    @property
    def event_shape(self):
        return torch.Size((3,))

    def encode(self, x):
        unknown = torch.zeros(len(x), 1)
        return Posterior(Gaussian(unknown, unknown), Gaussian(unknown, unknown))

    def decode(self, content, style):
        codes = self.decoder.code(torch.cat([style, content], dim=-1))
        return TokenSequence(self.decoder, codes, length=3, end=END, pad=PAD)


DRAWS = 6


def given_numbers(text):
    """log p(text | x), with the same draws for every text, and p(text | z) of these draws."""
    modalities = {"x": LinearGaussian(LinearGaussianSettings(), Context.of(1)), "text": Words()}
    codec = Codec(modalities, {"x": 0, "text": 1}, StandardPrior(1))
    encoding = codec.encode(Batch.of({"x": torch.full((1, 6), 0.5), "text": text[None]}))
    fusion, noise = Fusion(ProductOfExperts(), [1.0, 1.0]), Noise(1)
    actual = conditional_log_likelihood(codec, fusion, encoding, ("x",), "text", noise, DRAWS)
    drawn = replace(noise.at("0"), rows=DRAWS)
    content = Gaussian(
        *(z[0].expand(DRAWS, 1) for z in (encoding.content.loc, encoding.content.logvar))
    )
    style = drawn.at("text").normal("style", 1)
    return actual, codec.decode("text", content.rsample(drawn.at("content")), style)


@torch.no_grad()
def test_given_others_all_texts_together_have_probability_one(float64):
    total = sum(given_numbers(text)[0].exp() for text in canonical(5, 3))
    assert torch.allclose(total, torch.ones(1))


@torch.no_grad()
@pytest.mark.parametrize("text", [(3, 4, 1), (4, END, PAD), (END, PAD, PAD)])
def test_given_others_it_is_the_mean_over_codes_of_what_single_steps_say(float64, text):
    actual, likelihood = given_numbers(torch.tensor(text))
    each = conditionals(likelihood, torch.tensor(text).expand(DRAWS, 3))
    counted = text.index(END) + 1 if END in text else len(text)
    wanted = each[:, :counted].sum(1).logsumexp(0) - math.log(DRAWS)
    assert each[:, 0].std() > 0.01  # the codes differ
    assert torch.allclose(actual, wanted)
