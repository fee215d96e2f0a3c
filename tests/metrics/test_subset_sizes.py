from itertools import combinations
from statistics import fmean

import pytest

from mmcore.inference.representation.subsets import subsets
from mmcore.metrics.subset_sizes import by_number_given

NAMES = ("a", "b", "c", "d")


def test_each_row_is_the_mean_over_the_subsets_of_its_size():
    scores = {subset: 0.1 * number for number, subset in enumerate(subsets(NAMES))}
    (table,) = by_number_given("t", "other", "", scores, len(NAMES))
    assert list(table.rows) == ["1", "2", "3", "4"]
    for size, row in enumerate(table.rows.values(), start=1):
        own = [scores[subset] for subset in combinations(NAMES, size)]
        assert row == pytest.approx((fmean(own), min(own), max(own)))


def test_sizes_without_a_measured_subset_have_no_row():
    (table,) = by_number_given("t", "other", "", {("a",): 0.5, ("a", "b", "c"): 0.7}, len(NAMES))
    assert list(table.rows) == ["1", "3"]
    assert "1 of 1, 1 of 3" in table.about


def test_two_modalities_and_no_score_give_no_table():
    assert by_number_given("t", "other", "", {("a",): 0.5}, 2) == []
    assert by_number_given("t", "other", "", {}, 4) == []
