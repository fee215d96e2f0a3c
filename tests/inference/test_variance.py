"""Variance that the content explains, and attributions, against linear worlds where both are exact."""

import pytest
import torch

from mmcore import Batch
from mmcore.aggregators import ProductOfExperts
from mmcore.fusion import Fusion
from mmcore.inference.explanation.attributions import attribution, loadings
from mmcore.inference.explanation.variance import by_dimension, by_subset, explained
from mmcore.inference.prediction.elements import Elements
from mmcore.priors import StandardPrior
from mmcore.testing import LinearGaussianWorld

pytestmark = pytest.mark.usefixtures("float64")

ROWS = 60
NAMES = ("m0", "m1", "m2")
DIMENSIONS = 2


def covariance(world):
    """Return the covariance of all modalities, and the loadings of the content, (F, D)."""
    loading, _, variance = world._stacked(NAMES)
    return loading @ loading.T + variance.diag(), loading[:, :DIMENSIONS]


def rooted(matrix):
    values, vectors = torch.linalg.eigh(matrix)
    return vectors * values.sqrt() @ vectors.T


def exact_sample(world):
    """Return rows whose mean and covariance are exactly those of the world."""
    wanted, _ = covariance(world)
    drawn = torch.cat(list(world.sample(ROWS).values()), 1)
    centered = drawn - drawn.mean(0)
    white = centered @ torch.linalg.inv(rooted(centered.T @ centered / ROWS))
    offset = torch.cat([world.codec[name].offset for name in NAMES]).detach()
    return dict(zip(NAMES, (white @ rooted(wanted) + offset).split(4, 1), strict=True))


@pytest.fixture
def world():
    """A world, the encoding of an exact sample, and its exact posterior."""
    built = LinearGaussianWorld.of(3, DIMENSIONS, 4, encoder="likelihood", style_dim=1)
    fusion = Fusion(ProductOfExperts(), [1.0, 1.0, 1.0], 1.0, StandardPrior(DIMENSIONS))
    return built, built.codec.encode(Batch.of(exact_sample(built))), fusion


def closed_form(world, given, name, dimensions):
    """Return 1 - E|x - A E[c | x_K]|^2 / E|x - E x|^2 of a linear-Gaussian world."""
    full, loading = covariance(world)
    places = torch.arange(len(full)).split(4)
    seen = torch.cat([places[NAMES.index(each)] for each in given])
    own = places[NAMES.index(name)]
    gain = loading[seen].T @ torch.linalg.inv(full[seen][:, seen])
    mapped = loading[own][:, dimensions] @ gain[dimensions]
    error = (
        full[own][:, own]
        - 2 * mapped @ full[seen][:, own]
        + mapped @ full[seen][:, seen] @ mapped.T
    )
    return 1 - float(error.trace() / full[own][:, own].trace())


@pytest.mark.parametrize("given", [("m0",), ("m1", "m2"), NAMES])
def test_the_variance_that_a_subset_explains_is_the_closed_form(world, given):
    built, encoding, fusion = world
    measured = by_subset(built.codec, fusion, encoding, given)
    for name in NAMES:
        assert measured[name] == pytest.approx(closed_form(built, given, name, [0, 1]))
    if given == NAMES:
        assert measured == by_subset(built.codec, fusion, encoding, ())


def test_the_variance_that_a_dimension_explains_alone_is_the_closed_form(world):
    built, encoding, fusion = world
    for name in NAMES:
        wanted = [closed_form(built, NAMES, name, [d]) for d in range(DIMENSIONS)]
        assert by_dimension(built.codec, fusion, encoding, name) == pytest.approx(wanted)


def test_only_rows_with_the_given_and_the_compared_modality_count(world):
    built, encoding, fusion = world
    holed = built.codec.encode(Batch.of(dict(encoding.values), {"m1": torch.arange(ROWS) % 3 != 0}))
    wanted = by_subset(built.codec, fusion, encoding.select(torch.arange(ROWS) % 3 != 0), ("m0",))
    assert by_subset(built.codec, fusion, holed, ("m0",))["m1"] == pytest.approx(wanted["m1"])
    empty = built.codec.encode(Batch.of(dict(encoding.values), {"m1": torch.zeros(ROWS).bool()}))
    assert by_subset(built.codec, fusion, empty, ("m0",))["m1"] is None
    assert by_dimension(built.codec, fusion, empty, "m1") == [None, None]


def test_a_constant_explains_nothing_and_missing_cells_do_not_count():
    x = torch.randn(20, 3, generator=torch.Generator().manual_seed(0))
    assert explained(x, torch.full_like(x, 7.0)) == pytest.approx(0)
    assert explained(x, x + 3) == pytest.approx(1)
    assert explained(torch.ones(5, 2), torch.zeros(5, 2)) is None
    holed = x.clone()
    holed[::2, 1] = torch.nan
    wanted = [((p - p.mean()) ** 2).sum() for p in (x[:, 0], x[1::2, 1], x[:, 2])]
    half = torch.cat([x[:, :1], torch.zeros(20, 1), x[:, 2:]], 1)
    share = float((wanted[0] + wanted[2]) / sum(wanted))
    assert explained(holed, half) == pytest.approx(share)


def test_loadings_of_a_linear_decoder_are_its_weights(world):
    built, encoding, fusion = world
    content = fusion(encoding).mean
    for name in NAMES:
        elements = Elements.of(built.codec[name], encoding.values[name])
        weights = built.codec[name].loading[:, :DIMENSIONS].T.detach()
        wanted = weights * content.std(0, correction=0)[:, None]
        assert torch.allclose(loadings(built.codec, name, elements, content), wanted)


class Curved:
    """The modality m0 of a world whose likelihood has a mean that is not linear in the content."""

    def __init__(self, codec):
        self.codec = codec

    def style_prior(self, name):
        return self.codec.style_prior(name)

    def decode(self, name, content, style):
        return self.codec.decode(name, content.sin() + content.prod(1, keepdim=True).tanh(), style)


def test_attributions_sum_to_the_change_from_the_average(world):
    built, encoding, fusion = world
    content = fusion(encoding).mean
    average = content.mean(0)
    curved = Curved(built.codec)
    elements = Elements.of(built.codec["m0"], encoding.values["m0"])
    total = sum(attribution(curved, "m0", elements, content, average, d) for d in range(DIMENSIONS))
    style = torch.zeros(ROWS, 1)
    ends = [
        elements.expected(curved.decode("m0", point, style))
        for point in (content, average.expand_as(content))
    ]
    assert torch.allclose(total, ends[0] - ends[1], atol=1e-8)
    assert not torch.allclose(total, torch.zeros_like(total), atol=1e-2)


class Coded:
    """A modality of a number in units of 2, and two categories."""

    def unit(self):
        return torch.tensor([2.0, torch.nan, torch.nan])

    def class_probabilities(self, likelihood):
        return likelihood.shares


class Shares:
    batch_shape = torch.Size((2,))
    mean = torch.tensor([[4.0, 0, 0], [6.0, 0, 0]])
    shares = torch.tensor([[[0.5, 0.5, 0], [0.1, 0.2, 0.7]]]).expand(2, 2, 3)


def test_elements_are_numbers_in_units_and_a_share_for_each_class():
    x = torch.tensor([[3.0, 1, 2], [torch.nan, torch.nan, 0]])
    elements = Elements.of(Coded(), x)
    expected = elements.expected(Shares())
    assert expected[1].tolist() == pytest.approx([3, 0.5, 0.5, 0, 0.1, 0.2, 0.7])
    observed = elements.observed(x, expected.shape[1])
    assert observed[0].tolist() == [1.5, 0, 1, 0, 0, 0, 1]
    assert observed[1].isnan().tolist() == [True] * 4 + [False] * 3
