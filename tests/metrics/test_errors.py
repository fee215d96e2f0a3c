"""Standard errors are the spread of a number over samples of the same source."""

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score

from mmcore.inference.likelihood.importance_sampling import ImportanceEstimate
from mmcore.metrics.errors import (
    REPEATS,
    bootstrap_error,
    ratio_error,
    share_error,
    share_errors,
)
from mmcore.metrics.generation.distances import _resampled, quality
from mmcore.metrics.likelihood.likelihood import LEAST_EFFECTIVE, _doubt
from mmcore.metrics.scores import discrimination, precision_errors
from mmcore.reporting.comparison import compared
from mmcore.reporting.data_differences import EvaluatedRun
from mmcore.reporting.record import Column, EvaluationRecord, MetricRecord, Table

ROWS, SOURCES = 400, 40


def spread(measure):
    """Return the standard deviation of numbers over samples of one source, and the mean of their errors."""
    measured = [measure(np.random.default_rng(seed)) for seed in range(SOURCES)]
    values, errors = (np.array(side) for side in zip(*measured, strict=True))
    return values.std(0, ddof=1), errors.mean(0)


def share(random):
    right = torch.from_numpy(random.random(ROWS) < 0.8)
    by_bootstrap = bootstrap_error(lambda rows: float(right[rows].float().mean()), ROWS)
    value = float(right.float().mean())
    assert by_bootstrap == pytest.approx(share_error(value, ROWS), rel=0.5)
    return [value], [share_error(value, ROWS)]


def classes(random):
    truth = random.choice(4, ROWS, p=[0.1, 0.2, 0.3, 0.4])
    scores = random.normal(size=(ROWS, 4))
    scores[np.arange(ROWS), truth] += 1
    odds = np.exp(scores)
    result = discrimination(odds / odds.sum(1, keepdims=True), np.arange(4), truth)
    return [result.accuracy, result.balanced, result.auroc], result.errors


def curve(random):
    real, generated = (torch.from_numpy(random.normal(size=(ROWS, 2))) for _ in range(2))
    result = quality(real, generated + 1.0, seed=int(random.integers(100)))
    # Precision and recall have the error at a fixed manifold, which is smaller than their spread.
    return (*result.numbers[:4], result.frechet), (*result.errors[:4], result.errors[-1])


def ratio(random):
    below = 1 + random.random(ROWS)
    above = below * random.normal(2, 0.5, ROWS)
    return [above.mean() / below.mean()], [ratio_error(*map(torch.from_numpy, (above, below)))]


@pytest.mark.parametrize("measure", [share, classes, ratio])
def test_the_standard_error_is_the_spread_over_samples_of_one_source(measure):
    values, errors = spread(measure)
    np.testing.assert_allclose(errors / values, 1, atol=0.35)


class Bins:
    """A clustering into bins of the first feature, the same in every run."""

    def __init__(self, clusters, **options):
        self.clusters = clusters

    def fit_predict(self, x):
        return np.digitize(x[:, 0], np.linspace(-2, 3, self.clusters - 1))


def test_the_errors_of_distances_are_the_spread_over_samples_for_all_clusterings(
    monkeypatch,
):
    monkeypatch.setattr("mmcore.metrics.generation.distances.MiniBatchKMeans", Bins)
    monkeypatch.setitem(globals(), "SOURCES", 20)
    values, errors = spread(curve)
    np.testing.assert_allclose(errors / values, 1, atol=0.4)


def assert_with_replacement(rows, size):
    """Assert that the rows are as many as in the data, from it, and not all different."""
    assert len(rows) == size
    assert 0 <= min(rows) < max(rows) < size
    assert 0.5 < len(set(rows)) / size < 0.75  # 63 % on average


def test_a_bootstrap_sample_has_the_size_of_the_data():
    samples = []
    bootstrap_error(lambda rows: float(samples.append(rows.tolist()) is None), ROWS)
    assert len(samples) == REPEATS
    for rows in samples:
        assert_with_replacement(rows, ROWS)


def test_a_bootstrap_sample_of_clustered_items_has_the_size_of_each_set():
    sizes = (ROWS, ROWS // 2)
    labels = [tuple(np.arange(size) + run for size in sizes) for run in (0, 1000)]
    first, second = _resampled(labels, np.random.default_rng(0))
    for one, other, size in zip(first, second, sizes, strict=True):
        assert_with_replacement(one.tolist(), size)
        np.testing.assert_array_equal(one + 1000, other)  # the same items in each run


def test_attributes_have_errors_by_bootstrap():
    random = torch.Generator().manual_seed(0)
    labels = (torch.rand(ROWS, 4, generator=random) < 0.3).long()
    labels[:, 3] = 0  # an attribute that no item has
    scores = labels + torch.randn(ROWS, 4, generator=random)
    of_mean, of_each = precision_errors(labels, scores)
    assert of_each[3] is None
    assert 0.005 < of_mean < min(of_each[:3]) < max(of_each[:3]) < 0.1


def test_few_effective_samples_are_a_doubt_of_the_row():
    enough = torch.full((100,), LEAST_EFFECTIVE + 1.0)
    some, more = (torch.cat([enough[n:], torch.ones(n)]) for n in (5, 9))
    one, five, nine = (ImportanceEstimate(torch.zeros(100), e, 99) for e in (enough, some, more))
    assert _doubt(one) == _doubt(one, five) == ""
    assert "9% of the samples have fewer than 10" in _doubt(one, nine)


def test_the_area_is_that_of_scikit_learn_also_with_ties():
    random = np.random.default_rng(0)
    truth = random.choice(5, ROWS, p=[0.1, 0.2, 0.3, 0.4, 0])  # a class that no row has
    scores = np.round(random.random((ROWS, 5)) + np.eye(5)[truth] / 3, 1)
    areas = [roc_auc_score(truth == label, scores[:, label]) for label in range(4)]
    assert discrimination(scores, np.arange(5), truth).auroc == pytest.approx(np.mean(areas))


def record(run, doubts):
    table = Table(
        name="t",
        about="a",
        columns=(Column(name="x"), Column(name="y")),
        rows={"a": (0.5, None)},
        errors=share_errors({"a": (0.5, None)}, 100),
        doubts=doubts,
    )
    metric = MetricRecord(digest="", seconds=0, tables=(table,))
    shared = {"method": "m", "modalities": (), "data": "real", "data_items": {}, "settings": {}}
    return EvaluationRecord(mmcore="0", run=run, model_sha256="", metrics={"m": metric}, **shared)


def test_a_comparison_keeps_errors_and_doubts():
    runs = {"one": {"a": "too few"}, "two": {}}
    first, second = compared([EvaluatedRun(name, record(name, d)) for name, d in runs.items()])
    assert first.errors == {"a": (0.05, 0.05)}
    assert first.error("a", 1) == 0.05
    assert second.errors == {"a": (None, None)}
    assert first.doubts == second.doubts == {"a": "one: too few"}
