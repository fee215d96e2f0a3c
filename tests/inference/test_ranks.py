"""Statistics of draws against worlds in which the predictive distribution is known."""

import math

import pytest
import torch
from torch.distributions import Categorical, Normal, Poisson

from mmcore.inference.prediction.intervals import central_interval
from mmcore.inference.prediction.ranks import Ranks
from mmcore.metrics.imputation.held_out import BINS, DRAWS, LEVELS

ROWS = 20_000
PLACES = {"number": torch.tensor([True]), "category": torch.tensor([False])}


def ranks_of(truth, draw, kind="number", draws=DRAWS):
    """Return the ranks of (N,) values among draws that `draw` returns."""
    ranks = Ranks(truth.unsqueeze(1), PLACES[kind])
    for _ in range(draws):
        ranks.add(draw().unsqueeze(1))
    return ranks


def histogram(ranks):
    pit = ranks.pit(torch.rand(ROWS, 1)).float()
    return torch.histc(pit, BINS, 0.0, 1.0) / ROWS * BINS


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


NOISE = 5 * math.sqrt(BINS / ROWS)
"""Five standard errors of a density of the histogram."""
SOURCES = {
    "normal": (Normal(torch.zeros(ROWS), 1.0), "number"),
    "counts": (Poisson(torch.full((ROWS,), 0.7)), "number"),
    "categories": (Categorical(torch.tensor([0.7, 0.1, 0.2]).expand(ROWS, 3)), "category"),
}


@pytest.mark.parametrize("source", SOURCES)
def test_the_pit_of_exchangeable_values_is_uniform(source):
    world, kind = SOURCES[source]
    actual = histogram(ranks_of(world.sample(), world.sample, kind))
    assert actual == pytest.approx(torch.ones(BINS), abs=NOISE)


def test_the_pit_shows_draws_that_are_too_narrow_or_shifted():
    truth = torch.randn(ROWS)
    narrow = histogram(ranks_of(truth, lambda: 0.5 * torch.randn(ROWS)))
    assert min(narrow[0], narrow[-1]) > 2 > 1 > narrow[4:6].max()
    shifted = histogram(ranks_of(truth, lambda: torch.randn(ROWS) - 1))
    assert shifted[-1] > 2
    assert shifted[0] < 0.3


@pytest.mark.parametrize("source", ["normal", "counts"])
def test_intervals_are_those_of_the_table_and_coverage_is_exact(source):
    world, _ = SOURCES[source]
    truth, draws = world.sample(), [world.sample() for _ in range(DRAWS)]
    remaining = iter(draws)
    ranks = ranks_of(truth, lambda: next(remaining))
    for level in LEVELS:
        low, high = central_interval(torch.stack(draws, -1), level)
        within = ranks.within(level)[:, 0]
        assert torch.equal(within, (low <= truth) & (truth <= high))
        share, bound = float(within.float().mean()), 5 * math.sqrt(level * (1 - level) / ROWS)
        # a tie with a bound is inside, so that intervals of counts cover more
        assert level - bound < share
        assert share < level + bound or source == "counts"


def test_crps_of_a_normal_is_the_closed_form():
    # Gneiting, Raftery (2007), equation 21
    truth, unit = 0.8, Normal(0.0, 1.0)
    x = torch.tensor(truth)
    density = float(unit.log_prob(x).exp())
    wanted = truth * (2 * float(unit.cdf(x)) - 1) + 2 * density - 1 / math.sqrt(math.pi)
    actual = ranks_of(torch.full((ROWS,), truth), lambda: torch.randn(ROWS)).crps()
    assert float(actual.mean()) == pytest.approx(wanted, abs=5 * float(actual.std()) / ROWS**0.5)


def test_crps_of_a_category_is_half_of_the_brier_score():
    probabilities = torch.tensor([0.5, 0.3, 0.2])
    world = Categorical(probabilities.expand(ROWS, 3))
    actual = ranks_of(torch.ones(ROWS), world.sample, "category").crps()
    brier = float((probabilities - torch.tensor([0.0, 1.0, 0.0])).square().sum())
    error = 5 * float(actual.std()) / ROWS**0.5
    assert float(actual.mean()) == pytest.approx(brier / 2, abs=error)
