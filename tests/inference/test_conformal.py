"""The guarantee of split-conformal factors, for values of any distribution."""

import pytest
import torch

from mmcore.inference.prediction.conformal import (
    conformal_factor,
    least_rows,
    nonconformity,
    stretched,
)

WORLDS, UNIT = 20_000, torch.tensor(1.0)


@pytest.mark.parametrize(("rows", "level"), [(9, 0.9), (25, 0.9), (19, 0.5)])
def test_coverage_of_exchangeable_values(rows, level):
    torch.manual_seed(0)
    truth = torch.randn(rows + 1, WORLDS) ** 3  # each column is a world
    low, high = torch.full_like(truth, -0.1), torch.full_like(truth, 0.3)
    scores = nonconformity(low, high, truth, UNIT)
    factor = conformal_factor(scores[:-1], level)
    lower, upper = stretched(low[-1], high[-1], factor, UNIT)
    share = float(((lower <= truth[-1]) & (truth[-1] <= upper)).float().mean())
    error = 5 * (level * (1 - level) / WORLDS) ** 0.5
    assert level - error < share < level + 1 / (rows + 1) + error


@pytest.mark.parametrize("level", [0.5, 0.8, 0.9, 0.95])
def test_the_least_number_of_rows_is_exact(level):
    least = least_rows(level)
    few, enough = torch.rand(least - 1, 1), torch.rand(least, 1)
    assert bool(conformal_factor(enough, level).isfinite())
    assert not len(few) or bool(conformal_factor(few, level).isnan())


def test_missing_values_do_not_count():
    scores = torch.arange(1.0, 13).unsqueeze(1).repeat(1, 2)
    scores[9:, 1] = torch.nan
    assert conformal_factor(scores, 0.8).tolist() == [11.0, 8.0]
