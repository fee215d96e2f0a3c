"""Imputation against the linear-Gaussian world, where the predictive distribution is known."""

import pytest
import torch

from mmcore import Batch, Noise
from mmcore.aggregators import ProductOfExperts
from mmcore.fusion import Fusion
from mmcore.inference.representation.subsets import subset_name, subsets
from mmcore.metrics.imputation.imputation import COVERED, impute
from mmcore.priors import StandardPrior
from mmcore.testing import LinearGaussianWorld

pytestmark = pytest.mark.usefixtures("float64")

ROWS = 3000
NAMES = ("m0", "m1", "m2")


@pytest.fixture(scope="module")
def imputed():
    torch.set_default_dtype(torch.float64)
    world = LinearGaussianWorld.of(3, content_dim=2, features=4, encoder="likelihood", style_dim=1)
    values = world.sample(ROWS)
    fusion = Fusion(ProductOfExperts(), [1.0, 1.0, 1.0], 1.0, StandardPrior(2))
    encoding = world.codec.encode(Batch.of(values))
    result = impute(world.codec, fusion, encoding, subsets(NAMES), Noise(ROWS))
    torch.set_default_dtype(torch.float32)
    return result


def test_the_exact_posterior_is_calibrated_for_what_was_not_given(imputed):
    assert pytest.approx(0.9) == COVERED
    # elements of a row depend on one another: at the least the rows are independent
    bound = 5 * (0.9 * 0.1 / ROWS) ** 0.5
    for subset in subsets(NAMES):
        for target in set(NAMES) - set(subset):
            share = imputed.coverage[subset_name(subset)][target]
            assert share == pytest.approx(COVERED, abs=bound)


def test_more_that_is_given_means_smaller_errors(imputed):
    for target in NAMES:
        others = [name for name in NAMES if name != target]
        alone = [imputed.error[name][target] for name in others]
        assert imputed.error[subset_name(others)][target] < min(alone)
        assert imputed.error[target][target] < imputed.error[subset_name(others)][target]


def test_an_overconfident_posterior_covers_too_little():
    world = LinearGaussianWorld.of(2, content_dim=2, features=4)
    values = world.sample(ROWS)
    # exact experts, and a decoder that claims less noise than there is
    encoding = world.codec.encode(Batch.of(values))
    for name in world.codec.names:
        world.codec[name].scale = 0.1
    fusion = Fusion(ProductOfExperts(), [1.0, 1.0])
    imputed = impute(world.codec, fusion, encoding, [("m0",)], Noise(ROWS))
    assert imputed.coverage["m0"]["m1"] < COVERED - 0.1


def test_the_global_generator_is_left_alone():
    world = LinearGaussianWorld.of(1)
    encoding = world.codec.encode(Batch.of(world.sample(3)))
    fusion = Fusion(ProductOfExperts(), [1.0], 1.0, StandardPrior(2))
    torch.manual_seed(1)
    wanted = torch.rand(2)
    torch.manual_seed(1)
    first = impute(world.codec, fusion, encoding, [("m0",)], Noise(3))
    assert torch.equal(torch.rand(2), wanted)
    again = impute(world.codec, fusion, encoding, [("m0",)], Noise(3))
    assert (again.error, again.coverage) == (first.error, first.coverage)
