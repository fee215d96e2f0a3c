"""Rounds and ratios of the benchmarks, without a clock."""

import pytest

from benchmarks.groups import GROUPS, Scale
from benchmarks.harness.plan import Bar, Case, Comparison, Group
from benchmarks.harness.rounds import Spread, Turns, compared, interleaved

CASES = tuple(
    Case(name, "side", "task", units=units) for name, units in zip("ABC", (1, 2, 4), strict=True)
)
GROUP = Group("g", "title", "about", CASES)


def replies(*seconds):
    return Turns([{"seconds": s, "cpu": s / 2, "gib": 1.0} for s in seconds])


def test_cases_take_turns_and_the_first_round_does_not_count():
    order = []

    def ask(case):
        order.append(case.label)
        return {"seconds": float(len(order)), "cpu": 0.0, "gib": 0.0}

    *_, results = interleaved(GROUP, 2, ask)
    assert "".join(order) == "ABCABCABC"
    assert [reply["seconds"] for reply in results["A"].replies] == [4, 7]
    assert [reply["seconds"] for reply in results["C"].replies] == [6 / 4, 9 / 4]


def test_a_measurement_that_is_interrupted_has_the_rounds_before():
    rounds = interleaved(GROUP, 9, lambda case: {"seconds": 1, "cpu": 1, "gib": 1})
    counts = [len(next(rounds)["B"].replies) for _ in range(3)]
    assert counts == [0, 1, 2]


def test_a_case_that_fails_is_asked_once_and_the_others_are_measured():
    order = []

    def ask(case):
        order.append(case.label)
        return {"failure": "no GPU"} if case.label == "B" else {"seconds": 1, "cpu": 1, "gib": 1}

    *_, results = interleaved(GROUP, 2, ask)
    assert "".join(order) == "ABCACAC"
    assert results["B"].failure == "no GPU"
    assert compared(Comparison("", "A", "B"), results) == "B: no GPU"
    assert compared(Comparison("", "A", "C"), results).rounds == 2


def test_other_load_on_a_round_does_not_change_a_ratio():
    calm = {"A": replies(1, 1, 1), "B": replies(3, 3, 3)}
    busy = {"A": replies(1, 7, 5), "B": replies(3, 21, 15)}
    faster, slower = Comparison("", "A", "B"), Comparison("", "A", "B", "time")
    assert compared(faster, calm) == compared(faster, busy) == Spread(3, 3, 3, 3)
    assert compared(slower, busy).median == pytest.approx(1 / 3)


def test_a_ratio_times_its_inverse_is_one():
    results = {"A": replies(2, 5, 3), "B": replies(4, 1, 7)}
    forth, back = (compared(Comparison("", *pair), results) for pair in ("AB", "BA"))
    assert forth.high * back.low == pytest.approx(1)
    assert forth.median * back.median == pytest.approx(1)


def test_quantities_and_scales():
    results = {"A": replies(0.5)}
    assert compared(Comparison("", "A", kind="rate"), results).median == 2
    assert compared(Comparison("", "A", kind="rate", quantity="cpu"), results).median == 4
    assert compared(Comparison("", "A", kind="absolute", scale=1e3), results).median == 500


def test_a_spread_has_quartiles_of_four_rounds_and_extremes_of_fewer():
    assert Spread.of([5, 1, 3]) == Spread(3, 1, 5, 3)
    assert Spread.of([1, 2, 3, 4, 100]) == Spread(3, 2, 4, 5)


@pytest.mark.parametrize(("relation", "good", "bad"), [(">=", 2.5, 1.5), ("<=", 1.5, 2.5)])
def test_a_bar_is_met_on_its_own_side(relation, good, bad):
    bar = Bar(relation, 2.0)
    assert bar.is_met(2.0)
    assert bar.is_met(good)
    assert not bar.is_met(bad)


@pytest.mark.parametrize("name", GROUPS)
@pytest.mark.parametrize("quick", [False, True])
def test_a_group_compares_cases_that_it_has(name, quick):
    group = GROUPS[name](Scale(quick))
    labels = [case.label for case in group.cases]
    assert group.name == name
    assert len(set(labels)) == len(labels)
    assert all(case.units > 0 for case in group.cases)
    for comparison in group.comparisons:
        assert {comparison.of, comparison.to} - {""} <= set(labels)
        assert bool(comparison.to) == (comparison.kind in ("speed", "time"))
