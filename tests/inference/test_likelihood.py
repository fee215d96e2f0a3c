"""Importance sampling against the linear-Gaussian world, where log p(X) is known."""

from dataclasses import replace

import pytest
import torch

from mmcore import Batch, Noise
from mmcore.aggregators import GeometricMean, MixtureOfExperts, ProductOfExperts
from mmcore.fusion import Fusion
from mmcore.inference.likelihood.importance_sampling import (
    conditional_log_likelihood,
    log_likelihood,
)
from mmcore.inference.representation.subsets import subset_name, subsets
from mmcore.priors import StandardPrior
from mmcore.testing import LinearGaussianWorld

pytestmark = pytest.mark.usefixtures("float64")

ROWS = 6
NAMES = ("m0", "m1", "m2")


def made(style_dim=1, encoder="likelihood"):
    world = LinearGaussianWorld.of(
        3, content_dim=2, features=4, encoder=encoder, style_dim=style_dim
    )
    values = world.sample(ROWS)
    return world, values, world.codec.encode(Batch.of(values))


def exact_fusion():
    return Fusion(ProductOfExperts(), [1.0, 1.0, 1.0], 1.0, StandardPrior(2))


@pytest.mark.parametrize("style_dim", [0, 1, 2])
@pytest.mark.parametrize("draws", [1, 5])
def test_the_exact_posterior_as_proposal_is_exact_with_any_number_of_draws(style_dim, draws):
    world, values, encoding = made(style_dim)
    actual = log_likelihood(world.codec, exact_fusion(), encoding, NAMES, Noise(ROWS), draws)
    assert torch.allclose(actual.log_p, world.log_prob(values))
    assert torch.allclose(actual.effective, torch.full((ROWS,), float(draws)))
    assert torch.allclose(actual.draw_error, torch.zeros(ROWS), atol=1e-6)


@pytest.mark.parametrize("subset", subsets(NAMES), ids=subset_name)
def test_the_marginal_of_what_is_given_is_exact_too(subset):
    world, values, encoding = made()
    actual = log_likelihood(
        world.codec, exact_fusion(), encoding, subset, Noise(ROWS), 2, scored=subset
    )
    assert torch.allclose(actual.log_p, world.log_prob({name: values[name] for name in subset}))


@pytest.mark.parametrize(
    "fusion",
    [
        exact_fusion(),
        Fusion(GeometricMean(), [0.25, 0.25, 0.25], 0.25, StandardPrior(2)),
        Fusion(MixtureOfExperts(), [0.2, 0.3, 0.5]),
    ],
    ids=["product", "geometric", "mixture"],
)
@pytest.mark.parametrize("subset", [("m0",), ("m0", "m2"), NAMES], ids=subset_name)
def test_every_proposal_converges_to_the_same_value(fusion, subset):
    world, values, encoding = made()
    actual = log_likelihood(world.codec, fusion, encoding, subset, Noise(ROWS, seed=1), 5_000)
    error = (actual.log_p - world.log_prob(values)).abs()
    assert (error < 5 * actual.draw_error + 1e-9).all()
    assert (actual.draw_error < 0.4).all()


def test_the_estimate_is_unbiased_in_the_likelihood_itself():
    """With few draws log p is biased low, but the mean weight is p: checked over many repeats."""
    world, values, encoding = made()
    fusion = Fusion(MixtureOfExperts(), [1.0, 1.0, 1.0])
    ratios = torch.stack(
        [
            (
                log_likelihood(world.codec, fusion, encoding, NAMES, Noise(ROWS, step=i), 8).log_p
                - world.log_prob(values)
            ).exp()
            for i in range(400)
        ]
    )
    error = ratios.std(0) / 20
    assert ((ratios.mean(0) - 1).abs() < 5 * error).all()


def test_data_points_are_not_mixed():
    """Defect D10 of the original: an average over draws of other rows."""
    world, values, encoding = made()
    fusion = Fusion(MixtureOfExperts(), [1.0, 1.0, 1.0])
    far = {name: x.clone() for name, x in values.items()}
    far["m0"][3] += 50.0
    moved = world.codec.encode(Batch.of(far))
    actual, other = (
        log_likelihood(world.codec, fusion, e, NAMES, Noise(ROWS), 7).log_p
        for e in (encoding, moved)
    )
    same = torch.arange(ROWS) != 3
    assert torch.equal(actual[same], other[same])
    assert other[3] < actual[3] - 100


def test_a_missing_value_counts_as_nothing():
    world, values, _ = made()
    present = {"m1": torch.tensor([False, True, True, True, True, True])}
    encoding = world.codec.encode(Batch.of(values, present))
    actual = log_likelihood(world.codec, exact_fusion(), encoding, NAMES, Noise(ROWS), 3)
    without = world.log_prob({"m0": values["m0"], "m2": values["m2"]})
    assert torch.allclose(actual.log_p[0], without[0])
    assert torch.allclose(actual.log_p[1:], world.log_prob(values)[1:])


def test_chunks_change_nothing_but_the_draws():
    world, values, encoding = made()
    actual = log_likelihood(
        world.codec, exact_fusion(), encoding, NAMES, Noise(ROWS), 10, draws_at_once=3
    )
    assert torch.allclose(actual.log_p, world.log_prob(values))
    assert actual.draws == 10


def test_the_proposal_has_not_seen_the_styles_of_what_is_not_given():
    world, values, encoding = made()
    other = world.codec.encode(Batch.of({**values, "m1": values["m1"] + 1.0}))
    swapped = replace(encoding, styles={**encoding.styles, "m1": other.styles["m1"]})
    actual, again = (
        log_likelihood(world.codec, exact_fusion(), e, ("m0",), Noise(ROWS), 3).log_p
        for e in (encoding, swapped)
    )
    assert torch.equal(actual, again)


@pytest.mark.parametrize("style_dim", [0, 1])
def test_decoding_in_bfloat16_changes_little(style_dim):
    torch.set_default_dtype(torch.float32)
    world, _, encoding = made(style_dim)
    actual, half = (
        log_likelihood(world.codec, exact_fusion(), encoding, NAMES, Noise(ROWS), 64, bfloat16=b)
        for b in (False, True)
    )
    torch.set_default_dtype(torch.float64)
    assert not torch.equal(actual.log_p, half.log_p)
    assert torch.allclose(actual.log_p, half.log_p, rtol=0.01, atol=0.1)


# -- one modality given others -------------------------------------------------------------------


def conditional(world, encoding, given, **options):
    options = {"noise": Noise(ROWS), "draws": 8, **options}
    return conditional_log_likelihood(world.codec, exact_fusion(), encoding, given, "m1", **options)


@pytest.mark.parametrize("style_dim", [0, 1])
@pytest.mark.parametrize("given", [("m0",), ("m0", "m2")], ids=subset_name)
def test_given_others_the_mean_likelihood_is_that_of_bayes_rule(style_dim, given):
    """The oracle is p(X_K, x_m) / p(X_K), over many repeats, for the estimate is unbiased in p."""
    world, values, encoding = made(style_dim)
    known = {name: values[name] for name in given}
    exact = world.log_prob({**known, "m1": values["m1"]}) - world.log_prob(known)
    actual = [conditional(world, encoding, given, noise=Noise(ROWS, step=i)) for i in range(400)]
    ratios = (torch.stack(actual) - exact).exp()
    assert ((ratios.mean(0) - 1).abs() < 5 * ratios.std(0) / 20).all()


def test_what_is_asked_for_is_not_seen():
    """Neither the expert nor the style of the target: both would know the value."""
    world, values, encoding = made()
    other = world.codec.encode(Batch.of({**values, "m1": values["m1"] + 1.0}))
    swapped = replace(other, values=encoding.values)
    assert torch.equal(*(conditional(world, e, ("m0", "m2")) for e in (encoding, swapped)))


def test_given_others_rows_are_not_mixed_and_chunks_are_weighed_alike():
    world, values, encoding = made()
    far = {name: x.clone() for name, x in values.items()}
    far["m0"][3] += 50.0
    moved = world.codec.encode(Batch.of(far))
    actual, other = (conditional(world, e, ("m0",)) for e in (encoding, moved))
    same = torch.arange(ROWS) != 3
    assert torch.equal(actual[same], other[same])
    # Chunks of unequal sizes: what they hold counts by draws, not by chunks.
    exact = world.log_prob({n: values[n] for n in ("m0", "m1")}) - world.log_prob(
        {"m0": values["m0"]}
    )
    many = conditional(world, encoding, ("m0",), draws=20_001, draws_at_once=4_000)
    assert torch.allclose(many, exact, atol=0.1)
