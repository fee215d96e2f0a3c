import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmcore.metrics.figures.loss_curves import SKIPPED, loss_curves, value_range

finite = st.floats(-1e6, 1e6)


@given(st.lists(finite, min_size=1, max_size=40), st.integers(0, 4))
def test_the_axis_shows_every_later_value_and_no_spike(later, spikes):
    first = 100
    steps = [*range(1, spikes + 1), *range(first, first + len(later))]
    points = list(zip(steps, [1e9] * spikes + later, strict=True))
    low, high = value_range(points)
    assert steps[-1] * SKIPPED > spikes
    assert all(low < value < high for value in later)
    assert high < 1e9


def test_the_range_is_that_of_all_values_where_no_step_is_early():
    low, high = value_range([(10, 3.0)])
    assert low < 3.0 < high


def test_a_term_that_begins_later_is_drawn_and_no_lines_give_no_figure():
    lines = [{"step": 1, "loss": 9.0}, {"step": 50, "loss": 2.0, "kl": 1.0}]
    figure = loss_curves([*lines, {"step": 100, "loss": 1.0, "kl": 2.0}], "title")
    drawn = {a.get_title(): a.lines[0].get_xdata() for a in figure.axes if a.lines}
    assert list(drawn["kl (nats)"]) == [50, 100]
    assert figure.axes[0].get_ylim() == pytest.approx((0.95, 2.05))
    assert loss_curves([], "title") is None
