"""One pool of draws for the mixtures of all subsets, in the world where log p(X) is known."""

from dataclasses import replace

import pytest
import torch

from mmcore import Batch, Noise
from mmcore.aggregators import MixtureOfExperts
from mmcore.fusion import Fusion
from mmcore.inference.likelihood.importance_sampling import log_likelihood
from mmcore.inference.likelihood.mixture_proposals import _counts, mixture_log_likelihoods
from mmcore.inference.representation.subsets import subset_name, subsets
from mmcore.testing import LinearGaussianWorld
from mmcore.testing.linear_gaussian import LinearGaussian

pytestmark = pytest.mark.usefixtures("float64")

ROWS = 6
NAMES = ("m0", "m1", "m2")
WEIGHTS = torch.tensor([0.2, 0.3, 0.5])


def made(style_dim=1, present=None):
    world = LinearGaussianWorld.of(
        3, content_dim=2, features=4, encoder="likelihood", style_dim=style_dim
    )
    values = world.sample(ROWS)
    return world, values, world.codec.encode(Batch.of(values, present or {}))


def estimated(world, encoding, draws, given=None, **options):
    noise = options.pop("noise", Noise(ROWS, seed=1))
    estimates = mixture_log_likelihoods(
        world.codec,
        WEIGHTS,
        encoding,
        given or subsets(NAMES),
        noise,
        draws,
        **{"draws_at_once": draws, "priors": [world.codec.latent_prior], **options},
    )
    return {subset: of_each_prior[0] for subset, of_each_prior in estimates.items()}


@pytest.mark.parametrize("style_dim", [0, 1])
def test_every_subset_converges_to_the_exact_value(style_dim):
    world, values, encoding = made(style_dim)
    for subset, actual in estimated(world, encoding, 8_000).items():
        error = (actual.log_p - world.log_prob(values)).abs()
        assert (error < 5 * actual.draw_error + 1e-9).all(), subset
        assert (actual.draw_error < 0.2).all(), subset


@pytest.mark.parametrize("subset", subsets(NAMES), ids=subset_name)
def test_the_mean_weight_is_unbiased_with_few_draws(subset):
    """With 7 draws no share is a whole number."""
    world, values, encoding = made()
    ratios = torch.stack(
        [
            (
                estimated(world, encoding, 7, [subset], noise=Noise(ROWS, step=i))[subset].log_p
                - world.log_prob(values)
            ).exp()
            for i in range(150)
        ]
    )
    error = ratios.std(0) / 150**0.5
    assert ((ratios.mean(0) - 1).abs() < 5 * error).all()


def test_a_subset_does_not_depend_on_the_others_asked_for():
    world, _, encoding = made()
    for subset, actual in estimated(world, encoding, 12).items():
        alone = estimated(world, encoding, 12, [subset])[subset]
        assert torch.allclose(alone.log_p, actual.log_p, rtol=1e-12), subset
        assert torch.allclose(alone.effective, actual.effective), subset


def test_the_draws_are_worth_what_they_are_by_themselves():
    """The effective share of draws, over many rows, is that of importance sampling by itself."""
    world, _, encoding = made()
    fusion = Fusion(MixtureOfExperts(), WEIGHTS.tolist())
    actual = estimated(world, encoding, 8_000, [NAMES])[NAMES]
    own = log_likelihood(world.codec, fusion, encoding, NAMES, Noise(ROWS), 8_000)
    assert abs(float((actual.effective / own.effective).log().mean())) < 0.2


def test_a_missing_value_counts_as_nothing():
    present = {"m1": torch.tensor([False, True, True, True, True, True])}
    world, values, encoding = made(present=present)
    actual = estimated(world, encoding, 8_000, [("m0", "m2")])["m0", "m2"]
    without = world.log_prob({"m0": values["m0"], "m2": values["m2"]})
    exact = torch.cat([without[:1], world.log_prob(values)[1:]])
    assert ((actual.log_p - exact).abs() < 5 * actual.draw_error + 1e-9).all()


def test_the_styles_of_what_is_not_given_are_not_seen():
    world, values, encoding = made()
    other = world.codec.encode(Batch.of({**values, "m1": values["m1"] + 1.0}))
    styles = {**encoding.styles, "m1": other.styles["m1"]}
    swapped = replace(encoding, styles=styles)
    actual, again = (estimated(world, e, 9) for e in (encoding, swapped))
    for subset in subsets(NAMES):
        assert torch.equal(actual[subset].log_p, again[subset].log_p) == ("m1" not in subset)


def test_chunks_are_of_the_same_total():
    world, values, encoding = made()
    actual = estimated(world, encoding, 8_000, draws_at_once=999)[NAMES]
    assert ((actual.log_p - world.log_prob(values)).abs() < 5 * actual.draw_error).all()
    assert actual.draws == 8_000


@pytest.mark.parametrize(("style_dim", "decodings"), [(0, 9 * 6), (1, 12 * 6)])
def test_three_modalities_are_decoded_as_rarely_as_is_said(style_dim, decodings, monkeypatch):
    """6 draws, so that equal shares of pairs are whole: 21 * 6 if every subset drew its own."""
    world, _, encoding = made(style_dim)
    seen, decode = [], LinearGaussian.decode

    def counted(modality, content, style):
        seen.append(len(content) // ROWS)
        return decode(modality, content, style)

    monkeypatch.setattr(LinearGaussian, "decode", counted)
    equal = torch.ones(3)
    every, priors = subsets(NAMES), [world.codec.latent_prior]
    mixture_log_likelihoods(world.codec, equal, encoding, every, Noise(ROWS), 6, priors=priors)
    assert sum(seen) == decodings


@pytest.mark.parametrize("draws", [1, 7, 16])
def test_every_expert_gives_its_share_of_draws_on_average_and_to_within_one(draws):
    counts = torch.stack([_counts(WEIGHTS, Noise(1000, step=i), draws) for i in range(20)])
    wanted = draws * WEIGHTS.view(1, 3, 1)
    assert (counts.sum(1) == draws).all()
    assert ((counts - wanted).abs() < 1 + 1e-6).all()
    error = counts.double().std() / counts[:, 0].numel() ** 0.5
    assert ((counts.double().mean((0, 2)) - wanted.flatten()).abs() < 5 * error).all()
