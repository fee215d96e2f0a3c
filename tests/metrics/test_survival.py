"""Survival on worlds whose hazards are known, and curves that are counted by hand."""

import sys
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
from lifelines.utils import concordance_index

from mmcore.config import EvaluationSettings
from mmcore.data import Data, Samples
from mmcore.data.tables import OuterJoin
from mmcore.data.tables.annotations import Annotations
from mmcore.errors import MmcoreError
from mmcore.metrics import Subject
from mmcore.metrics.survival.hazards import concordance, fitted
from mmcore.metrics.survival.kaplan_meier import curves, risk_groups

WEIGHTS = np.array([1.0, -0.5, 0.0, 0.0])


def world(rows, seed, weights=WEIGHTS):
    """Return content, times of a hazard of exp(content @ weights), and events before a censoring time."""
    random = np.random.default_rng(seed)
    content = random.normal(size=(rows, 4))
    times = random.exponential(np.exp(-content @ weights))
    ends = random.exponential(2.0, size=rows)
    observed = pd.DataFrame(
        {"time": np.minimum(times, ends), "event": (times <= ends).astype(float)}
    )
    return content, observed


def test_the_weights_of_a_known_hazard_are_found_within_their_errors():
    content, survival = world(1000, 0)
    model = fitted(content, survival)
    # The penalty of 0.1 draws weights to 0; their ratio stays.
    assert model.weights[1] / model.weights[0] == pytest.approx(-0.5, abs=0.1)
    assert (np.abs(model.weights[2:]) < 4 * model.errors[2:]).all()
    held_out, later = world(500, 1)
    known = concordance(held_out @ WEIGHTS, later)
    assert concordance(model.risk(held_out), later).value == pytest.approx(known.value, abs=0.01)
    assert known.low < known.value < known.high
    assert (known.high - known.low) == pytest.approx(2 * 1.96 * known.error, rel=0.3)
    assert (known.rows, known.events) == (500, int(later["event"].sum()))


def test_a_concordance_is_the_share_of_pairs_in_the_right_order():
    survival = pd.DataFrame({"time": [1.0, 2, 3, 4], "event": [1.0, 1, 0, 1]})
    right = [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3)]  # the third is censored before the fourth
    risk = np.array([3.0, 1, 2, 0])
    wanted = np.mean([risk[i] > risk[j] for i, j in right])
    assert concordance(risk, survival).value == pytest.approx(wanted)
    assert concordance(-risk, survival).value == pytest.approx(1 - wanted)
    random = np.random.default_rng(3)
    tied = pd.DataFrame({"time": random.integers(1, 9, 80), "event": random.integers(0, 2, 80)})
    risk = random.integers(0, 5, 80).astype(float)
    wanted = concordance_index(tied["time"], -risk, tied["event"])
    assert concordance(risk, tied.astype(float)).value == pytest.approx(wanted)
    nobody = survival.assign(event=0.0)
    risk = np.arange(4.0)
    assert concordance(risk, nobody) is None


def test_the_error_of_a_concordance_is_that_of_samples_as_large_as_the_data():
    content, survival = world(150, 1)
    random = np.random.default_rng(0)
    risk = content @ WEIGHTS
    samples = [random.integers(0, 150, 150) for _ in range(200)]
    drawn = [concordance(risk[rows], survival.iloc[rows]).value for rows in samples]
    # Each of the two has an error of 5 %; samples of half the rows would give 41 % more.
    assert concordance(risk, survival).error == pytest.approx(np.std(drawn), rel=0.2)


def test_few_events_and_constant_content_have_no_model():
    content, survival = world(50, 0)
    assert fitted(content, survival.assign(event=(np.arange(50) < 4).astype(float))) is None
    assert fitted(np.ones_like(content), survival) is None
    half = fitted(content * [1, 1, 1, 0], survival)
    assert half.weights[3] == 0
    assert np.isfinite(half.risk(content)).all()


def test_curves_are_those_of_kaplan_and_meier():
    survival = pd.DataFrame({"time": [1.0, 2, 3, 4, 1, 5], "event": [1.0, 0, 1, 1, 0, 0]})
    groups = risk_groups(survival, np.array([0, 0, 0, 0, 1, 1], dtype=bool))
    low, high = groups.by_name["low risk"], groups.by_name["high risk"]
    share = dict(zip(low.times, low.share, strict=True))
    assert [share[t] for t in (1.0, 2.0, 3.0, 4.0)] == pytest.approx([0.75, 0.75, 0.375, 0])
    assert (low.rows, low.events, low.median) == (4, 3, 3.0)
    assert (high.rows, high.events, high.median) == (2, 0, None)
    assert [low.at_risk(t) for t in (0, 2, 4.5)] == [4, 3, 0]
    axes = curves(groups, "days").axes[0]
    assert np.allclose(axes.lines[0].get_ydata(), low.share)
    assert [line.get_linestyle() for line in axes.lines] == ["-", "--"]
    assert axes.get_xlabel().startswith("days")
    assert [mark.get_text() for mark in axes.get_xticklabels()[::5]] == ["0\n4\n2", "5\n0\n1"]


def test_the_marks_of_times_are_round_and_no_curve_is_behind_the_legend():
    times = np.linspace(7, 1909, 40)
    survival = pd.DataFrame({"time": times, "event": np.ones(40)})
    drawing = curves(risk_groups(survival, times < 500), "days")
    axes = drawing.axes[0]
    assert [mark.get_text().split("\n")[0] for mark in axes.get_xticklabels()] == [
        *("0", "400", "800", "1200", "1600")
    ]
    drawing.draw_without_rendering()
    legend = axes.get_legend().get_window_extent()
    points = [axes.transData.transform(line.get_xydata()) for line in axes.lines]
    assert not any(legend.contains(*point) for own in points for point in own)


@pytest.fixture
def subject(rigged):
    """Return a function from weights to a subject whose content is the content of the world."""

    def made(weights=WEIGHTS, known=slice(None)):
        model, _, _ = rigged(a="same", b="same")
        splits = {}
        for split, seed, rows in (("train", 0, 300), ("test", 1, 200)):
            content, survival = world(rows, seed, weights)
            ids = pd.Index([f"{split}{row:03d}" for row in range(rows)])
            values = torch.from_numpy(content).float()
            items = {"a": ids, "b": ids[::2]}
            source = OuterJoin(ids, {"a": values, "b": values[::2]}, items)
            annotations = Annotations(
                pd.DataFrame(index=ids), survival[known].set_axis(ids[known], axis=0)
            ).of(ids)
            splits[split] = Samples(
                source, present=source.present, ids=ids, annotations=annotations
            )
        return Subject(model, Data(splits, "sample"), EvaluationSettings())

    return made


def test_the_metric_finds_a_planted_hazard_by_subset_and_groups_differ(subject, metric):
    measured = metric("survival").measure(subject())
    scores, groups, hazards = measured.tables
    assert groups.columns[1].name == "median time (time)"
    assert {one.topic for one in (*measured.tables, *measured.statements)} == {"survival"}
    assert list(scores.rows) == ["a", "b", "a+b", "(all available)"]
    assert [scores.n[name][0] for name in scores.rows] == [200, 100, 100, 200]
    low_end = [values[1] for values in scores.rows.values()]
    assert min(low_end) > 0.6
    assert hazards.rows["content 0"][0] > 0.3 > 0 > hazards.rows["content 1"][0]
    assert groups.rows["high risk"][1] < groups.rows["low risk"][1]
    assert "better than chance" in measured.statements[0].sentence


def test_times_without_a_hazard_are_not_better_than_chance(subject, metric):
    measured = metric("survival").measure(subject(weights=0 * WEIGHTS))
    _, low, high, *_ = measured.tables[0].rows["(all available)"]
    assert low < 0.5 < high
    assert "not distinguishable from chance" in measured.statements[0].sentence


def test_samples_without_a_known_time_do_not_count(subject, metric):
    some = metric("survival").measure(subject(known=slice(0, None, 4)))
    assert some.tables[0].n["(all available)"][0] == 50
    with pytest.raises(MmcoreError, match=r"2 have a\s+known time and \d an event, expected 5"):
        metric("survival").measure(subject(known=slice(0, 2)))


def test_data_without_survival_and_a_missing_package_are_one_sentence(subject, metric, monkeypatch):
    own = subject()
    nothing = replace(own.data.train, annotations=None)
    none = Subject(own.model, SimpleNamespace(train=nothing, test=nothing), own.settings)
    with pytest.raises(MmcoreError, match="the data has no survival"):
        metric("survival").measure(none)
    monkeypatch.setitem(sys.modules, "lifelines", None)
    with pytest.raises(MmcoreError, match=r"pip install 'mmcore\[survival\]'"):
        metric("survival").measure(own)
