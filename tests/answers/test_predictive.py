"""The predictive distribution against the linear-Gaussian world, where it is known."""

import pytest
import torch

from mmcore import Batch, Noise
from mmcore.answers.predictive import Predictive, most_likely, predictive
from mmcore.config import ModalityConfig, ModelConfig
from mmcore.model import Model
from mmcore.testing import LinearGaussianWorld

ROWS, SAMPLES = 2000, 199
NAMES = ("m0", "m1", "m2")


@pytest.fixture(scope="module")
def known():
    """Return the world, its values, a model that is exact, and draws of `m2` given the others."""
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
    return world, values, model, encoding, predictive(model, encoding, "m2", SAMPLES, Noise(ROWS))


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
    world, values, _, _, found = known
    error = found.mean - exact_mean(world, values)
    # The spread of all draws is more than that of the likelihood's mean: a generous standard error.
    assert (error.abs() < 5 * found.draws.std(0) / SAMPLES**0.5).all()
    assert float(error.square().mean()) < float(found.draws.var(0).mean()) / SAMPLES


def test_the_most_likely_value_is_the_conditional_mean_too(known):
    world, values, model, encoding, _ = known
    assert torch.allclose(most_likely(model, encoding, "m2"), exact_mean(world, values), atol=1e-4)


@pytest.mark.parametrize("level", [0.5, 0.8, 0.9])
def test_intervals_cover_what_they_say(known, level):
    _, values, _, _, found = known
    low, high = found.interval(level)
    inside = ((low <= values["m2"]) & (values["m2"] <= high)).double().mean()
    # elements of a row depend on one another: at the least the rows are independent
    assert float(inside) == pytest.approx(level, abs=5 * (level * (1 - level) / ROWS) ** 0.5)


def test_a_modality_that_is_there_has_its_own_style(known):
    _, values, model, encoding, _ = known
    guess = most_likely(model, encoding, "m0")
    m0 = model.codec["m0"]
    content_alone = model.generation(encoding).mean @ m0.loading[:, :2].T + m0.offset
    assert (guess - values["m0"]).square().mean() < (content_alone - values["m0"]).square().mean()


def test_bounds_are_order_statistics():
    draws = torch.randperm(19, generator=torch.Generator().manual_seed(0)).double()
    found = Predictive(torch.zeros(1), draws.unsqueeze(1))
    # of 19 draws, the 1st and the 19th leave 1/20 outside on each side, the 5th and the 15th 1/4
    assert [float(bound) for bound in found.interval(0.9)] == [0, 18]
    assert [float(bound) for bound in found.interval(0.5)] == pytest.approx([4, 14])


def test_the_most_frequent_value_and_its_share():
    draws = torch.tensor([[0.0], [2.0], [2.0], [1.0]])
    value, share = Predictive(draws.mean(0), draws).mode()
    assert (value.tolist(), share.tolist()) == ([2.0], [0.5])


def test_the_global_generator_is_left_alone(known):
    _, _, model, encoding, found = known
    torch.manual_seed(1)
    wanted = torch.rand(2)
    torch.manual_seed(1)
    again = predictive(model, encoding, "m2", SAMPLES, Noise(ROWS))
    assert torch.equal(torch.rand(2), wanted)
    assert torch.equal(again.draws, found.draws)
