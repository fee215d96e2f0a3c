"""The predictive distribution against the linear-Gaussian world, where it is known."""

import pytest
import torch

from mmcore import Batch, Noise
from mmcore.config import ModalityConfig, ModelConfig
from mmcore.inference.prediction.posterior_draws import posterior_draws
from mmcore.inference.prediction.predictive import decoded, most_likely, predictive, sampled
from mmcore.model import Model
from mmcore.testing import LinearGaussianWorld

ROWS, SAMPLES, LEVEL = 2000, 199, 0.9
NAMES = ("m0", "m1", "m2")


@pytest.fixture(scope="module")
def known():
    """Return the world, its values, a model that is exact, and what it predicts of `m2`."""
    catalogue = _catalogue()
    world = LinearGaussianWorld.of(3, content_dim=2, features=4, encoder="likelihood", style_dim=1)
    modalities = {
        name: ModalityConfig(
            kind="vector", settings={"features": 4, "seed": n, "encoder": "likelihood"}
        )
        for n, name in enumerate(NAMES)
    }
    config = ModelConfig(modalities=modalities, content_dim=2, style_dim=1, method="mvae")
    model = Model.from_config(config, catalogue=catalogue).eval()
    values = world.sample(ROWS)
    batch = Batch.of({name: values[name] for name in ("m0", "m1")})
    with torch.no_grad():
        encoding = model.codec.encode(batch)
    latents = posterior_draws(model, encoding, SAMPLES, Noise(ROWS))
    actual = predictive(model, "m2", latents, LEVEL, Noise(ROWS))
    return world, values, model, encoding, latents, actual


def _catalogue():
    from mmcore.plugins import ComponentSpec
    from mmcore.testing import catalogue_of

    return catalogue_of(
        ComponentSpec(
            kind="modality",
            name="vector",
            factory="mmcore.testing.linear_gaussian:LinearGaussian",
            settings="mmcore.testing.linear_gaussian:LinearGaussianSettings",
        )
    )


def exact_mean(world, values):
    m2 = world.codec["m2"]
    content = world.posterior({name: values[name] for name in ("m0", "m1")}).mean
    return (content @ m2.loading[:, :2].T + m2.offset).detach()


def test_the_mean_is_the_conditional_mean(known):
    world, values, model, _, latents, actual = known
    draws = sampled(model, "m2", latents, Noise(ROWS))
    error = actual.value - exact_mean(world, values)
    # The spread of all draws is more than that of the likelihood's mean: a generous standard error.
    assert (error.abs() < 5 * draws.std(0) / SAMPLES**0.5).all()
    assert float(error.square().mean()) < float(draws.var(0).mean()) / SAMPLES


def test_the_most_likely_value_is_the_conditional_mean_too(known):
    world, values, model, encoding, _, _ = known
    assert torch.allclose(most_likely(model, encoding, "m2"), exact_mean(world, values), atol=1e-4)


@pytest.mark.parametrize("level", [0.5, 0.8, 0.9])
def test_intervals_cover_what_they_say(known, level):
    _, values, model, _, latents, _ = known
    actual = predictive(model, "m2", latents, level, Noise(ROWS))
    inside = ((actual.low <= values["m2"]) & (values["m2"] <= actual.high)).double().mean()
    # elements of a row depend on one another: at the least the rows are independent
    assert float(inside) == pytest.approx(level, abs=5 * (level * (1 - level) / ROWS) ** 0.5)


def test_the_interval_is_that_of_the_draws_themselves(known):
    _, _, model, _, latents, actual = known
    draws = sampled(model, "m2", latents, Noise(ROWS)).sort(0).values
    assert torch.equal(actual.low, draws[9])
    assert torch.equal(actual.high, draws[189])


def test_a_modality_that_is_there_has_its_own_style(known):
    _, values, model, encoding, _, _ = known
    guess = most_likely(model, encoding, "m0")
    m0 = model.codec["m0"]
    content_alone = model.generation(encoding).mean @ m0.loading[:, :2].T + m0.offset
    assert (guess - values["m0"]).square().mean() < (content_alone - values["m0"]).square().mean()


def test_the_global_generator_is_left_alone(known):
    _, _, model, _, latents, actual = known
    torch.manual_seed(1)
    wanted = torch.rand(2)
    torch.manual_seed(1)
    again = predictive(model, "m2", latents, LEVEL, Noise(ROWS))
    assert torch.equal(torch.rand(2), wanted)
    assert torch.equal(again.low, actual.low)


def test_the_most_frequent_category_and_its_share(known, monkeypatch):
    _, _, model, _, latents, _ = known
    unit = torch.tensor([1.0, torch.nan, 1.0, torch.nan])
    monkeypatch.setattr(model.codec["m2"], "unit", lambda: unit)
    actual = predictive(model, "m2", latents.at(slice(5)), 0.5, Noise(ROWS))
    draws = sampled(model, "m2", latents.at(slice(5)), Noise(ROWS))
    assert actual.on_scale.tolist() == [True, False, True, False]
    assert actual.probability[:, ~unit.isnan()].isnan().all()
    words = draws[:, :, unit.isnan()]
    assert torch.equal(actual.value[:, unit.isnan()], words.mode(0).values)
    assert (actual.probability[:, unit.isnan()] == 0.2).all(), "no draw of a number occurs twice"


def test_the_probability_of_a_category_is_its_mean_over_the_draws_of_the_latent(known, monkeypatch):
    _, _, model, _, latents, _ = known
    unit = torch.tensor([1.0, torch.nan, 1.0, torch.nan])
    monkeypatch.setattr(model.codec["m2"], "unit", lambda: unit)

    def probabilities(likelihood):
        logits = likelihood.mean[:, unit.isnan()].unsqueeze(-1) * torch.arange(3)
        return logits.softmax(-1)

    monkeypatch.setattr(model.codec["m2"], "class_probabilities", probabilities)
    actual = predictive(model, "m2", latents.at(slice(5)), 0.5, Noise(ROWS))
    drawn = decoded(model.codec, "m2", latents.at(slice(5)), Noise(ROWS))
    each = torch.cat([probabilities(likelihood) for likelihood in drawn])
    wanted = each.unflatten(0, (5, ROWS)).mean(0)
    assert torch.equal(actual.value[:, unit.isnan()], wanted.argmax(-1).to(actual.value))
    assert torch.allclose(actual.probability[:, unit.isnan()], wanted.max(-1).values.double())
    assert actual.probability[:, ~unit.isnan()].isnan().all()
