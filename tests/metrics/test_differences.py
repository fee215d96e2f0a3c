"""Features that differ between groups: the test is that of scipy, and the planted ones are found."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.stats import false_discovery_control, kruskal

from mmcore.config import EvaluationSettings
from mmcore.data import Data, Samples
from mmcore.data.tables import OuterJoin
from mmcore.errors import MmcoreError
from mmcore.metrics import Subject
from mmcore.metrics.explanation.differences import rank_tests

ROWS = 90


def test_every_p_value_is_that_of_kruskal_and_wallis_with_ties_and_missing_cells():
    random = np.random.default_rng(0)
    first = np.arange(ROWS) < 40
    frame = pd.DataFrame({f"x{k}": random.integers(0, 6, ROWS).astype(float) for k in range(12)})
    frame.loc[first, "x3"] += 2
    frame = frame.mask(random.random(frame.shape) < 0.2)
    tests = rank_tests(frame, first)
    wanted = [kruskal(c[first].dropna(), c[~first].dropna()).pvalue for _, c in frame.items()]
    assert tests["p"].to_numpy() == pytest.approx(wanted)
    assert tests["adjusted p"].to_numpy() == pytest.approx(false_discovery_control(wanted))
    assert tests["rows"].to_numpy().tolist() == frame.notna().sum().tolist()
    gap = frame["x3"][first].mean() - frame["x3"][~first].mean()
    assert tests.loc["x3", "difference"] == pytest.approx(gap / frame["x3"].std())
    assert tests["p"].idxmin() == "x3"


def test_constant_features_and_features_of_few_rows_are_left_out():
    first = np.arange(ROWS) < 40
    frame = pd.DataFrame({"one": np.ones(ROWS), "rare": np.arange(ROWS, dtype=float)})
    frame.loc[4:39, "rare"] = np.nan
    assert rank_tests(frame, first).empty
    frame.loc[4, "rare"] = 1.0
    assert rank_tests(frame, first).index.tolist() == ["rare"]


@pytest.fixture
def subject(rigged):
    """Samples of three classes, of which `u` and `v` differ in x2 and `w` is rare."""
    model, _, _ = rigged(a="same", b="same")
    ids = pd.Index([f"p{row:02d}" for row in range(ROWS)])
    labels = torch.tensor([0, 1] * 40 + [2] * 10)
    values = torch.from_numpy(np.random.default_rng(1).normal(size=(ROWS, 4))).float()
    values[labels == 1, 2] += 3
    source = OuterJoin(ids, {"a": values, "b": values[:70]}, {"a": ids, "b": ids[:70]})
    samples = Samples(source, present=source.present, ids=ids, labels=labels)
    reader = SimpleNamespace(columns=lambda: ("x0", "x1", "x2", "x3"))
    readers = {"a": reader, "b": reader}
    data = Data(
        {"train": samples, "test": samples}, "sample", classes=("u", "v", "w"), readers=readers
    )
    return Subject(model, data, EvaluationSettings())


def test_the_planted_difference_comes_first_with_its_rows(subject, metric):
    (table,) = metric("differences").measure(subject).tables
    assert "of 'u' and 'v'" in table.about
    assert list(table.rows)[:2] == ["a.x2", "b.x2"]
    difference, p = table.rows["a.x2"]
    assert difference < -1
    assert p < 1e-9
    assert table.n["a.x2"] == (160, 160)
    assert table.n["b.x2"] == (140, 140)
    other = metric("differences", groups=["w", "u"], top=1).measure(subject).tables[0]
    assert "of 'w' and 'u'" in other.about
    assert len(other.rows) == 1


def test_an_unknown_group_is_one_sentence(subject, metric):
    with pytest.raises(MmcoreError, match="names 'uu', expected two of u, v, w"):
        metric("differences", groups=["uu", "v"]).measure(subject)
