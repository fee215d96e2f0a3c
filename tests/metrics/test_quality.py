import math

import numpy as np
import pytest
import torch
from scipy.linalg import sqrtm
from sklearn.metrics import auc

from mmcore.errors import MmcoreError
from mmcore.metrics.generation.distances import (
    frechet_distance,
    improved_precision_recall,
    prd_curve,
    quality,
)

pytestmark = pytest.mark.usefixtures("float64")


def blobs(centers, rows=400, seed=0, dims=5):
    generator = torch.Generator().manual_seed(seed)
    which = torch.arange(rows) % len(centers)
    middle = torch.tensor(centers).unsqueeze(1) * torch.ones(dims)
    return middle[which] + 0.1 * torch.randn(rows, dims, generator=generator)


def test_a_set_against_itself_is_at_the_ceiling():
    x = blobs([0.0, 5.0])
    result = quality(x, x)
    assert result.prd_area == pytest.approx(1.0, abs=2e-3)
    assert result.f_8 == pytest.approx(1.0)
    assert result.f_1_8 == pytest.approx(1.0)
    assert (result.precision, result.recall) == (1.0, 1.0)
    assert result.frechet == pytest.approx(0.0, abs=1e-9)
    # the mean of the curve's values, which the paper reports, does not reach 1
    assert result.prd_mean == pytest.approx(0.7204, abs=5e-4)


def test_disjoint_sets_have_nothing_in_common():
    result = quality(blobs([0.0]), blobs([100.0]))
    assert result.prd_area == pytest.approx(0.0, abs=1e-6)
    assert result.f_8 == pytest.approx(0.0, abs=1e-6)
    assert (result.precision, result.recall) == (0.0, 0.0)
    assert result.frechet == pytest.approx(5 * 100.0**2, rel=0.01)


def test_half_of_the_modes_is_full_precision_and_half_recall():
    both, one = blobs([0.0, 50.0]), blobs([0.0], seed=1)
    precision, recall = prd_curve(both, one)
    assert precision.max() == pytest.approx(1.0, abs=1e-3)
    assert recall.max() == pytest.approx(0.5, abs=1e-3)
    inside, covered = improved_precision_recall(both, one)
    assert inside > 0.7
    assert covered == pytest.approx(0.5, abs=0.1)
    dropped = quality(both, one)
    assert dropped.f_1_8 > dropped.f_8
    invented = quality(one, both)
    assert invented.f_8 > invented.f_1_8
    assert invented.recall == pytest.approx(inside)


def test_the_curve_is_that_of_the_histograms():
    """Clusters far apart are found exactly, so the curve is known from the shares of the modes."""
    real, generated = blobs([0.0, 50.0, 100.0, 100.0]), blobs([0.0, 0.0, 50.0, 50.0], seed=1)
    precision, recall = prd_curve(real, generated)
    # at slope 1: sum of min(P, Q) over (1/4, 1/4, 1/2) and (1/2, 1/2, 0)
    assert precision[500] == pytest.approx(0.5, abs=5e-3)
    assert recall[500] == pytest.approx(0.5, abs=5e-3)
    assert (np.diff(precision) >= -1e-12).all()
    assert (np.diff(recall) <= 1e-12).all()


def test_the_area_is_that_of_scikit_learn():
    real, generated = blobs([0.0, 50.0, 100.0]), blobs([0.0, 0.0, 50.0, 100.0], seed=1)
    precision, recall = prd_curve(real, generated)
    order = np.argsort(recall, kind="stable")
    area = auc([0.0, *recall[order]], [precision.max(), *precision[order]])
    assert quality(real, generated).prd_area == pytest.approx(area, abs=1e-4)


@pytest.mark.parametrize("rows", [4, 300])
def test_the_frechet_distance_is_that_of_its_formula(rows):
    generator = torch.Generator().manual_seed(0)
    a = torch.randn(rows, 6, generator=generator)
    b = 1.5 * torch.randn(rows + 50, 6, generator=generator) + 0.3
    ca, cb = torch.cov(a.T).numpy(), torch.cov(b.T).numpy()
    root = sqrtm(ca @ cb + 1e-12 * np.eye(6)).real
    wanted = float(((a.mean(0) - b.mean(0)) ** 2).sum()) + np.trace(ca + cb - 2 * root)
    assert frechet_distance(a, b) == pytest.approx(wanted, rel=1e-4)
    assert frechet_distance(b, a) == pytest.approx(frechet_distance(a, b))


def test_a_shift_has_the_distance_of_the_shift():
    a = blobs([0.0])
    assert frechet_distance(a, a + 2.0) == pytest.approx(5 * 4.0)
    assert not math.isnan(frechet_distance(a, torch.zeros_like(a)))


def test_too_few_or_unequal_samples_are_one_sentence():
    with pytest.raises(MmcoreError, match=r"99 samples.*at least 100"):
        quality(blobs([0.0], rows=99), blobs([0.0], rows=99))
    with pytest.raises(MmcoreError, match="200 real samples are compared with 100"):
        quality(blobs([0.0], rows=200), blobs([0.0], rows=100))


def test_sets_with_repeated_features_are_equal_to_themselves():
    few = 100 + torch.randn(40, 30, generator=torch.Generator().manual_seed(0))
    x = few[torch.arange(400) % 40]
    assert improved_precision_recall(x, x.flip(0)) == (1.0, 1.0)
    near = x + 1e-3
    assert improved_precision_recall(x, near) == (0.0, 0.0), "a ball of radius 0 has one point"
