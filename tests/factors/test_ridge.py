"""The covariance from which the ridge regressions of all numbers follow."""

import pytest
import torch
from sklearn.linear_model import Ridge

from mmcore.factors import ridge_factors, ridge_scores

GIVEN, PENALTY = 5, 0.3


def simulated(rows, columns, dims=3, noise=0.5):
    generator = torch.Generator().manual_seed(0)
    loadings = torch.randn(columns, dims, generator=generator)
    c = torch.randn(rows, dims, generator=generator)
    return (c @ loadings.T + noise * torch.randn(rows, columns, generator=generator)).double()


def predicted(model, x, penalty=PENALTY):
    return model.expected(ridge_scores(model, x, (penalty,)))[0]


def hidden(x, columns):
    out = x.clone()
    out[:, columns] = torch.nan
    return out


@pytest.mark.parametrize("columns", [8, 90], ids=["more rows", "more columns"])
def test_predictions_are_those_of_a_ridge_regression(columns):
    x, new = simulated(60, columns)[:40], simulated(60, columns)[40:]
    ridge = Ridge(alpha=PENALTY * 40).fit(x[:, :-GIVEN].numpy(), x[:, -GIVEN:].numpy())
    expected = torch.from_numpy(ridge.predict(new[:, :-GIVEN].numpy()))
    actual = predicted(ridge_factors(x), hidden(new, slice(-GIVEN, None)))[:, -GIVEN:]
    torch.testing.assert_close(actual, expected)


def test_several_penalties_and_patterns_are_computed_as_one_at_a_time():
    x = simulated(30, 8)
    model, holes = ridge_factors(x), x.masked_fill(x > 0.5, torch.nan)
    both = ridge_scores(model, holes, (0.1, 2.0))
    for scores, penalty in zip(both, (0.1, 2.0), strict=True):
        alone = [ridge_scores(model, row.unsqueeze(0), (penalty,))[0, 0] for row in holes]
        torch.testing.assert_close(scores, torch.stack(alone))


def test_missing_numbers_are_replaced_by_predictions():
    """Of numbers without noise, half of the rows of two tables suffice for the regression of all rows."""
    x = simulated(400, 8, noise=0.0)
    holes = x.clone()
    holes[:100, :4] = torch.nan
    holes[100:200, 4:] = torch.nan
    model = ridge_factors(holes)
    guess = predicted(model, hidden(x, slice(4, None)), 1e-3)
    assert float((guess - x)[:, 4:].square().mean() / x.var()) < 0.01
    filled_by_means = ridge_factors(torch.where(holes.isnan(), holes.nanmean(0), holes))
    worse = predicted(filled_by_means, hidden(x, slice(4, None)), 1e-3)
    assert float((guess - x)[:, 4:].square().mean()) < float((worse - x)[:, 4:].square().mean()) / 4


def test_groups_of_columns_change_no_score(monkeypatch):
    """Tables that rows lack, and a single cell, by matrices of groups and by those of the nearest sets."""
    x = simulated(60, 30)
    holes = x.clone()
    holes[:20, :10] = torch.nan
    holes[10:30, 25:] = torch.nan
    holes[40, 3] = torch.nan
    model = ridge_factors(x)
    scores = ridge_scores(model, holes, (0.1, 2.0))
    monkeypatch.setattr("mmcore.factors.ridge.MOST_IN_GROUPS", 0)
    torch.testing.assert_close(scores, ridge_scores(model, holes, (0.1, 2.0)))


def test_a_row_without_a_number_has_the_mean():
    x = simulated(30, 8)
    guess = predicted(ridge_factors(x), torch.full((1, 8), torch.nan))
    torch.testing.assert_close(guess[0], x.mean(0))


def test_the_noise_of_a_wide_table_is_not_repeated_in_its_missing_numbers(monkeypatch):
    """With all components, predictions of missing numbers have the noise of the few rows."""
    x = simulated(150, 900, dims=30, noise=3.0)
    generator = torch.Generator().manual_seed(1)
    holes = x[:120].masked_fill(torch.rand(120, 900, generator=generator) < 0.3, torch.nan)
    given = hidden(x[120:], slice(0, 200))
    errors = []
    for dims in (64, 256):
        monkeypatch.setattr("mmcore.factors.ridge.FILL_DIMS", dims)
        guess = predicted(ridge_factors(holes), given)
        errors.append(float((guess - x[120:])[:, :200].square().mean()))
    assert errors[0] < 0.95 * errors[1]


def test_tables_that_rows_lack_are_predicted_from_all_components(monkeypatch):
    x = simulated(60, 30)
    holes = x.clone()
    holes[:20, :9] = torch.nan
    expected = ridge_factors(holes).loadings
    monkeypatch.setattr("mmcore.factors.ridge.FILL_DIMS", 1)
    assert torch.equal(ridge_factors(holes).loadings, expected)


def test_no_rows_have_no_scores():
    fit = ridge_factors(torch.randn(8, 3, dtype=torch.float64))
    assert ridge_scores(fit, torch.empty(0, 3, dtype=torch.float64), [0.1, 1.0]).shape[1] == 0
