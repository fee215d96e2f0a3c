"""The likelihood of each kind of column against scipy, and what missing cells do to it."""

import math

import numpy as np
import pytest
import torch
from mmcore_table.counts import NegativeBinomial, ZeroInflated
from mmcore_table.likelihood import Group, RowLikelihood
from mmcore_table.modality import Table
from mmcore_table.ordered import Ordered
from mmcore_table.scoring import GaussianRows
from mmcore_table.settings import Column, TableSettings
from scipy import special, stats
from torch.distributions import Categorical, Normal

from mmcore.plugins import Context
from mmcore.scoring import DecodedScorer
from mmcore.testing import parametrize_checks
from mmcore.testing.checks.cases import ModalityCase
from mmcore.testing.checks.likelihood import scoring

COLUMNS = (
    Column(name="weight", kind="real", loc=70.0, scale=15.0),
    Column(name="color", kind="categorical", categories=("blue", "green", "red"), loc=1, scale=1),
    Column(name="visits", kind="count", loc=1.2, scale=0.8),
    Column(name="tail", kind="student", loc=-3.0, scale=2.0),
    Column(name="sex", kind="binary", categories=("f", "m"), loc=0.5, scale=0.5),
    Column(name="grade", kind="ordered", categories=("1", "2", "3", "4"), loc=1.5, scale=1.5),
    Column(name="falls", kind="zero-inflated", loc=0.4, scale=0.7),
    Column(name="stage", kind="ordered", categories=("I", "II", "III"), loc=1, scale=1),
    Column(name="city", kind="categorical", categories=("a", "b"), loc=0.5, scale=0.5),
)
ROW = [80.0, 2.0, 3.0, -4.0, 1.0, 2.0, 0.0, 1.0, 0.0]
CATEGORIES = {i: len(c.categories) for i, c in enumerate(COLUMNS) if c.categories}


SETTINGS = {"fitted": [column.model_dump() for column in COLUMNS]}


@parametrize_checks("modality", "table", settings=SETTINGS)
def test_conforms(check):
    check()


@pytest.fixture
def table():
    torch.manual_seed(0)
    built = Table(TableSettings(fitted=COLUMNS, dropout=0.0, hide=0.0), Context.of(3, 1))
    with torch.no_grad():
        for parameter in built.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    return built.eval()


def likelihood(table, rows=2, repeats=1):
    generator = torch.Generator().manual_seed(1)
    draws = torch.randn(rows, 4, generator=generator).repeat_interleave(repeats, 0)
    return table.decode(draws[:, :3], draws[:, 3:])


def test_a_row_is_scored_by_column_and_missing_cells_count_for_nothing(table):
    p = likelihood(table)
    row = torch.tensor([ROW, ROW])
    alone = torch.full((len(ROW), len(ROW)), torch.nan)
    alone.fill_diagonal_(0.0)
    total = torch.zeros(2)
    for column, value in enumerate(ROW):
        one = torch.full_like(row, torch.nan)
        one[:, column] = value
        total = total + p.log_prob(one)
    assert torch.allclose(p.log_prob(row), total, atol=1e-5)
    assert torch.equal(p.log_prob(torch.full_like(row, torch.nan)), torch.zeros(2))


@pytest.mark.parametrize("column", CATEGORIES)
def test_probabilities_of_categories_sum_to_one(table, column):
    p = likelihood(table)
    total = torch.zeros(2)
    for code in range(CATEGORIES[column]):
        one = torch.full((2, len(ROW)), torch.nan)
        one[:, column] = code
        total = total + p.log_prob(one).exp()
    assert torch.allclose(total, torch.ones(2), atol=1e-5)


@pytest.mark.parametrize("column", [2, 6])
def test_probabilities_of_counts_sum_to_one(table, column):
    every = torch.full((2 * 3000, len(ROW)), torch.nan)
    every[:, column] = torch.arange(3000.0).repeat(2)
    total = likelihood(table, 2, repeats=3000).log_prob(every).exp().view(2, 3000).sum(1)
    assert torch.allclose(total, torch.ones(2), atol=2e-3)


def test_counts_are_those_of_scipy():
    mean, dispersion = torch.tensor([0.3, 4.0, 90.0]), torch.tensor([0.5, 2.0, 10.0])
    value = torch.tensor([0.0, 7.0, 60.0])
    wanted = stats.nbinom.logpmf(value, dispersion, dispersion / (dispersion + mean))
    built = NegativeBinomial(mean, dispersion)
    assert torch.allclose(built.log_prob(value), torch.tensor(wanted).float(), atol=1e-4)
    assert torch.allclose(built.mean, mean)
    zeros = ZeroInflated(built, torch.tensor([0.0, -1.0, 2.0]))
    extra = torch.sigmoid(zeros.logit)
    at_zero = extra + (1 - extra) * built.log_prob(torch.zeros(3)).exp()
    assert torch.allclose(zeros.log_prob(torch.zeros(3)).exp(), at_zero, atol=1e-6)
    assert torch.allclose(zeros.mean, (1 - extra) * mean)
    torch.manual_seed(0)
    drawn = zeros.sample((40_000,))
    error = drawn.std(0) / 40_000**0.5
    assert ((drawn.mean(0) - zeros.mean).abs() < 5 * error).all()


def test_a_count_has_the_density_and_the_gradient_that_it_has_alone():
    mean = torch.linspace(0.1, 90, 12).reshape(3, 4).requires_grad_()
    dispersion = torch.tensor([0.5, 2.0, 10.0, 1e3])
    value = torch.tensor([[0.0, 7.0, 0.0, 60.0], [1.0, 0.0, 0.0, 2.0], [0.0, 0.0, 0.0, 5.0]])
    together = NegativeBinomial(mean, dispersion).log_prob(value)
    (slope,) = torch.autograd.grad(together.sum(), mean)
    for row, column in np.ndindex(3, 4):
        own = mean[row, column]
        alone = NegativeBinomial(own, dispersion[column]).log_prob(value[row, column])
        assert torch.equal(alone, together[row, column])
        assert torch.allclose(torch.autograd.grad(alone, mean)[0][row, column], slope[row, column])


def test_ordered_columns_follow_the_cumulative_logit():
    cuts = torch.tensor([[-1.0, 0.5, 2.0], [-0.3, 0.7, torch.inf]])
    eta = torch.tensor([[0.4, -1.0]])
    p = Ordered(eta, cuts).probs
    for column, count in ((0, 4), (1, 3)):
        below = p[0, column].cumsum(0)[: count - 1]
        assert torch.allclose(
            below, torch.sigmoid(cuts[column, : count - 1] - eta[0, column]), atol=1e-6
        )
    assert float(p[0, 1, 3]) == 0.0


def test_draws_means_and_modes_are_in_the_units_of_the_file(table):
    p = likelihood(table)
    torch.manual_seed(0)
    drawn = p.sample((20_000,))
    assert drawn.shape == (20_000, 2, len(ROW))
    for column, size in CATEGORIES.items():
        assert set(drawn[..., column].unique().tolist()) <= set(range(size))
    numeric = [0, 2, 3, 6]
    error = drawn[..., numeric].std(0) / 20_000**0.5
    assert ((drawn.mean(0) - p.mean)[:, numeric].abs() < 6 * error).all()
    assert p.mode.shape == p.mean.shape == (2, len(ROW))
    for column in CATEGORIES:
        best = drawn[..., column].mode(0).values
        assert (p.log_prob(_only(p.mode, column)) >= p.log_prob(_only(best, column)) - 1e-6).all()


def _only(values, column):
    one = torch.full((2, len(ROW)), torch.nan)
    one[:, column] = values[:, column] if values.dim() > 1 else values
    return one


def test_every_parameter_learns_from_every_kind_of_column_and_no_gradient_is_lost(table):
    x = torch.tensor([ROW, ROW])
    x[1] = torch.nan
    x[1, 0] = 75.0
    posterior = table.encode(x)
    loss = -table.decode(posterior.content.loc, posterior.style.loc).log_prob(x).sum()
    (loss + posterior.content.logvar.sum() + posterior.style.logvar.sum()).backward()
    for name, parameter in table.named_parameters():
        assert parameter.grad.isfinite().all(), name
        assert (parameter.grad != 0).any(), name


def test_the_encoder_sees_that_a_cell_is_missing_and_not_what_stands_for_it(table):
    x = torch.tensor([ROW])
    without = x.clone()
    without[0, 1] = torch.nan
    center = x.clone()
    center[0, 0] = COLUMNS[0].loc  # what a missing weight is filled with
    missing = center.clone()
    missing[0, 0] = torch.nan
    means = [table.encode(v).content.loc for v in (x, without, center, missing)]
    assert not torch.allclose(means[0], means[1])
    assert not torch.allclose(means[2], means[3])
    assert all(m.isfinite().all() for m in means)


def test_an_extreme_value_neither_drowns_the_others_nor_becomes_infinite(table):
    x = torch.tensor([ROW])
    x[0, 0], x[0, 2] = 1e30, 1e30
    assert table.encode(x).content.loc.isfinite().all()
    p = likelihood(table, 1)
    assert p.log_prob(torch.tensor([[1e9, *ROW[1:]]])).isfinite().all()


def test_groups_may_stand_in_any_order():
    first = Group(torch.tensor([1]), Normal(torch.zeros(2, 1), 1.0))
    second = Group(torch.tensor([0]), Categorical(logits=torch.zeros(2, 1, 3)))
    x = torch.tensor([[2.0, 0.5], [1.0, torch.nan]])
    one, other = (RowLikelihood(groups, 2, 2) for groups in ([first, second], [second, first]))
    assert torch.equal(one.log_prob(x), other.log_prob(x))
    assert torch.equal(one.mode, other.mode)


@pytest.mark.parametrize("deviation", [None, -3.0, -0.1, 0.0, 0.1, 3.0, 8.0])
def test_counts_up_to_a_hundred_million_are_right_in_float32(deviation):
    """The density in double precision of scipy, and its derivatives in the logarithms of both parameters."""
    mean, r = torch.meshgrid(torch.logspace(-4, 8, 13), torch.logspace(-3, 8, 12), indexing="ij")
    spread = (mean + mean.square() / r).sqrt()
    value = torch.zeros_like(mean) if deviation is None else mean + deviation * spread
    value = value.clamp(0, 1e9).round()
    mu, alpha, x = (t.double().numpy() for t in (mean, r, value))
    wanted = torch.from_numpy(stats.nbinom.logpmf(x, alpha, alpha / (alpha + mu)))
    slopes = [
        (x - mu) * alpha / (alpha + mu),
        alpha * (special.digamma(x + alpha) - special.digamma(alpha) + (mu - x) / (alpha + mu))
        - alpha * np.log1p(mu / alpha),
    ]
    parameters = mean.requires_grad_(), r.requires_grad_()
    actual = NegativeBinomial(*parameters).log_prob(value)
    error = (actual.detach().double() - wanted).abs()
    assert (error <= 2e-5 + 2e-4 * wanted.abs()).all()
    assert error[wanted > -50].max() < 2e-2
    gradients = torch.autograd.grad(actual.sum(), parameters)
    for gradient, parameter, slope in zip(gradients, parameters, slopes, strict=True):
        off = (gradient.double() * parameter.detach().double() - torch.from_numpy(slope)).abs()
        # The gradient of a draw has about this size.
        assert (off <= 2e-3 * (1 + torch.from_numpy(np.abs(slope) + np.sqrt(x)))).all()


def test_levels_far_from_the_cuts_keep_their_probability_and_their_gradient():
    cuts = torch.tensor([[-1.0, 0.5, torch.inf]])
    eta = torch.tensor([[500.0], [-500.0]], requires_grad=True)
    p = Ordered(eta, cuts)
    ends = p.log_prob(torch.tensor([[0.0], [2.0]]))
    assert torch.allclose(ends[:, 0], torch.tensor([-501.0, -500.5]))
    between = p.log_prob(torch.tensor([[1.0], [1.0]]))[0, 0].item()
    assert between == pytest.approx(-499.5 + math.log1p(-math.exp(-1.5)), abs=1e-3)
    (slope,) = torch.autograd.grad(ends.sum(), eta)
    assert torch.allclose(slope, torch.tensor([[-1.0], [1.0]]))
    assert (p.probs[..., 3] == 0).all()


def test_probabilities_of_all_categories_are_in_the_order_of_the_columns(table):
    p = likelihood(table)
    actual = p.class_probabilities()
    assert actual.shape == (2, len(CATEGORIES), 4)
    for place, (column, size) in enumerate(CATEGORIES.items()):
        for code in range(size):
            one = torch.full((2, len(ROW)), torch.nan)
            one[:, column] = code
            assert torch.allclose(actual[:, place, code], p.log_prob(one).exp(), atol=1e-6)
        assert (actual[:, place, size:] == 0).all()


def test_the_numbers_of_a_row_are_those_of_the_whole_row(table):
    p, numeric = likelihood(table), [0, 2, 3, 6]
    numbers = p.numbers()
    assert torch.equal(numbers.mean, p.mean[:, numeric])
    row = torch.tensor([ROW, ROW])
    row[:, list(CATEGORIES)] = torch.nan
    assert torch.allclose(numbers.log_prob(row[:, numeric]), p.log_prob(row))


def test_draws_of_ordered_categories_have_their_probabilities():
    p = Ordered(
        torch.tensor([[0.4, -1.0]]), torch.tensor([[-1.0, 0.5, 2.0], [-0.3, 0.7, torch.inf]])
    )
    torch.manual_seed(0)
    drawn = p.sample((20_000,))
    shares = torch.stack([(drawn == code).double().mean(0) for code in range(4)], -1)
    assert torch.allclose(shares, p.probs.double(), atol=0.02)


def of_many_columns(context):
    columns = tuple(
        Column(name=f"x{n}", kind="real", loc=5.0 * n, scale=1.0 + n) for n in range(80)
    )
    return Table(TableSettings(fitted=columns, width=16, dropout=0.0), context)


def test_many_real_columns_pass_the_check_of_scoring():
    scoring(ModalityCase(of_many_columns))


@pytest.mark.parametrize("missing", [0.0, 0.3, 1.0])
def test_many_real_columns_have_the_density_that_they_have_by_decoding(missing):
    torch.manual_seed(0)
    built = of_many_columns(Context.of(3, 1)).eval()
    with torch.no_grad():
        for parameter in built.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
        content, style = torch.randn(7, 4, 3), torch.randn(7, 4, 1)
        x = built.decode(content[0], style[0]).sample()
        x[torch.rand_like(x) < missing] = torch.nan
        scorer = built.scoring()(x)
        assert isinstance(scorer, GaussianRows)
        wanted = DecodedScorer(built.decode, x)(content, style)
        assert torch.allclose(scorer(content, style), wanted, rtol=1e-5, atol=1e-3)
        rows = torch.tensor([True, False, True, False])
        part = scorer.select(rows)(content[:, rows], style[:, rows])
        assert torch.allclose(part, wanted[:, rows], rtol=1e-5, atol=1e-3)
