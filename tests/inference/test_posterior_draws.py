"""Corrected draws against the linear-Gaussian world, where the posterior is known."""

import pytest
import torch

from mmcore import Batch, Noise
from mmcore.config import ModalityConfig, ModelConfig
from mmcore.inference.prediction.posterior_draws import (
    LEAST_EFFECTIVE,
    corrected_draws,
    posterior_draws,
)
from mmcore.inference.prediction.predictive import predictive, sampled
from mmcore.model import Model
from mmcore.plugins import ComponentSpec
from mmcore.testing import LinearGaussianWorld, catalogue_of

ROWS, DRAWS, LEVEL = 400, 199, 0.9
NAMES, GIVEN = ("m0", "m1", "m2"), ("m0", "m1")
CATALOGUE = catalogue_of(
    ComponentSpec(
        kind="modality",
        name="vector",
        factory="mmcore.testing.linear_gaussian:LinearGaussian",
        settings="mmcore.testing.linear_gaussian:LinearGaussianSettings",
    )
)


def wrong_model(shift, stretch):
    """Return a model with exact decoders, whose encoders are off by ``shift`` and by ``stretch``."""
    modalities = {
        name: ModalityConfig(
            kind="vector", settings={"features": 4, "seed": n, "encoder": "likelihood"}
        )
        for n, name in enumerate(NAMES)
    }
    config = ModelConfig(modalities=modalities, content_dim=2, style_dim=1, method="mvae")
    model = Model.from_config(config, catalogue=CATALOGUE).eval()
    with torch.no_grad():
        for name in GIVEN:
            model.codec[name].gain.mul_(1 - shift)
            model.codec[name].logvar.add_(stretch)
    return model


@pytest.fixture(scope="module")
def world():
    return LinearGaussianWorld.of(3, content_dim=2, features=4, encoder="likelihood", style_dim=1)


@pytest.fixture(scope="module")
def values(world):
    drawn = world.sample(ROWS)
    return {name: drawn[name] for name in GIVEN}


def exact(world, values):
    """Return the mean and the standard deviation of p(m2 | m0, m1), (B, 4) each."""
    m2, content = world.codec["m2"], world.posterior(values)
    loading = m2.loading.detach()
    variance = content.logvar.exp() @ loading[:, :2].square().T + loading[:, 2:].square().sum(1)
    mean = content.loc @ loading[:, :2].T + m2.offset.detach()
    return mean, (variance + m2.scale**2).sqrt()


def errors(world, values, latents, model):
    """Return how far mean and interval are from the exact ones, in exact standard deviations."""
    actual = predictive(model, "m2", latents, LEVEL, Noise(ROWS))
    mean, stddev = exact(world, values)
    reach = torch.distributions.Normal(0.0, 1.0).icdf(torch.tensor((1 + LEVEL) / 2))
    bounds = mean - reach * stddev, mean + reach * stddev
    away = [actual.value - mean, actual.low - bounds[0], actual.high - bounds[1]]
    return [((part / stddev).square().mean().sqrt()).item() for part in away]


def test_corrected_answers_are_exact_where_those_of_a_wrong_posterior_are_not(world, values):
    model = wrong_model(shift=0.3, stretch=0.3)
    encoding = model.codec.encode(Batch.of(values))
    own = errors(world, values, posterior_draws(model, encoding, DRAWS, Noise(ROWS)), model)
    corrected = corrected_draws(model, encoding, DRAWS, Noise(ROWS))
    mean, low, high = errors(world, values, corrected.latents, model)
    assert corrected.is_corrected.double().mean() > 0.95
    # The variance of a mean of E effective draws, of which S are chosen, is 1/E + 1/S of that of a draw.
    share = (1 / corrected.effective + 1 / DRAWS).mean().item()
    assert mean**2 < 1.2 * share
    # That of the quantile at .05 is .05 .95 / .103^2 = 4.5 times as large.
    assert low**2 < 1.2 * 4.5 * share
    assert high**2 < 1.2 * 4.5 * share
    assert own[0] ** 2 > 4 * share
    assert max(own[1:]) > 1.5 * max(low, high)


def test_the_draws_of_a_row_without_effective_draws_are_those_of_the_posterior(world, values):
    model = wrong_model(shift=-4.0, stretch=-3.0)
    encoding, noise = model.codec.encode(Batch.of(values)), Noise(ROWS)
    corrected = corrected_draws(model, encoding, DRAWS, noise)
    own = posterior_draws(model, encoding, DRAWS, noise.at("own"))
    few = corrected.effective < LEAST_EFFECTIVE
    assert few.double().mean() > 0.5
    assert torch.equal(~few, corrected.is_corrected)
    assert torch.equal(corrected.latents.content[:, few], own.content[:, few])
    assert not torch.equal(corrected.latents.content[:, ~few], own.content[:, ~few])


def test_an_exact_posterior_needs_no_correction(world, values):
    model = wrong_model(shift=0.0, stretch=0.0)
    encoding = model.codec.encode(Batch.of(values))
    corrected = corrected_draws(model, encoding, DRAWS, Noise(ROWS))
    assert torch.allclose(corrected.effective, torch.full((ROWS,), 512.0), rtol=1e-2)


def test_a_draw_is_one_of_all_modalities_together(world, values):
    model = wrong_model(shift=0.0, stretch=0.0)
    given = {"m0": values["m0"]}
    latents = posterior_draws(model, model.codec.encode(Batch.of(given)), DRAWS, Noise(ROWS))
    m1, m2 = (sampled(model, name, latents, Noise(ROWS)) for name in ("m1", "m2"))
    shared = ((m1 - m1.mean(0)).flatten(0, 1).T @ (m2 - m2.mean(0)).flatten(0, 1)) / m1[
        ..., 0
    ].numel()
    content = world.posterior(given).logvar[0].exp().diag()
    left, right = (world.codec[name].loading[:, :2].detach() for name in ("m1", "m2"))
    assert torch.allclose(shared, left @ content @ right.T, atol=0.02)
