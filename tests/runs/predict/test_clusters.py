"""Clusters in the representation: found where they exist, and doubted where they do not."""

import numpy as np
import pytest
from sklearn.cluster import KMeans

from mmcore.errors import MmcoreError
from mmcore.runs.prediction import clusters, embed
from mmcore.runs.prediction.clusters import STABLE, clustered

CENTERS = np.array([[0.0, 0, 0], [6, 0, 0], [0, 6, 0]])
SIZES = (60, 30, 40)


def drawn(seed=0):
    """Return points around three centers, in any order, and the center of each."""
    random = np.random.default_rng(seed)
    truth = random.permutation(np.repeat(range(3), SIZES))
    return CENTERS[truth] + random.normal(size=(len(truth), 3)), truth


def test_auto_finds_the_clusters_that_exist_the_largest_first():
    means, truth = drawn()
    actual = clustered(means, "auto")
    assert np.abs(actual.centers - CENTERS[[0, 2, 1]]).max() < 1
    assert (actual.assign(means) == np.array([0, 2, 1])[truth]).mean() > 0.98
    assert actual.stability > 0.95
    assert actual.sentence == (
        "3 clusters of 130 training records; stability"
        f" {actual.stability:.2f} (adjusted Rand index of 20 bootstrap samples)"
    )


def test_clusters_of_one_cloud_are_not_stable_and_that_is_stated():
    actual = clustered(np.random.default_rng(1).normal(size=(300, 6)), 5)
    assert actual.stability < STABLE
    assert "other samples would have other clusters" in actual.sentence


def test_the_samples_of_the_stability_have_the_size_of_the_training_records(monkeypatch):
    fits = []

    class Recorded(KMeans):
        def fit(self, x):
            fits.append(x)
            return super().fit(x)

    monkeypatch.setattr(clusters, "KMeans", Recorded)
    means, _ = drawn()
    clustered(means, 3)
    _, *samples = fits
    assert {len(sample) for sample in samples} == {len(means)}
    assert len(samples) == clusters.REPEATS
    # Of N records, a sample with replacement has 63 % on average.
    different = [len(np.unique(sample, axis=0)) / len(means) for sample in samples]
    assert 0.5 < min(different) < max(different) < 0.75


@pytest.mark.parametrize("clusters", ["auto", 2])
def test_records_of_two_places_have_no_clusters(clusters):
    means = np.repeat([[0.0], [1.0]], 5, axis=0)
    with pytest.raises(MmcoreError, match=r"10 training records have 2 different .* need 3"):
        clustered(means, clusters)


@pytest.mark.parametrize("clusters", [1, 130])
def test_a_number_of_clusters_that_cannot_be_is_one_sentence(clusters):
    with pytest.raises(
        MmcoreError, match=f"--clusters is {clusters}, expected auto or a number from 2 to 129"
    ):
        clustered(drawn()[0], clusters)


def test_new_records_have_the_clusters_of_the_training(linear):
    frames = {"m0": linear.frame("m0", slice(0, 12))}
    choices = {"catalogue": linear.catalogue, "clusters": 3}
    old = embed(linear.run, **choices).set_index("id")
    new = embed(linear.run, linear.new(**frames), **choices).set_index("id")
    assert sorted(old["cluster"].unique()) == [0, 1, 2]
    assert (
        old["cluster"][old["split"] == "train"].value_counts().sort_index().is_monotonic_decreasing
    )
    alone = old.index[(old["given"] == "m0") & old.index.isin(new.index)]
    assert len(alone) == 5
    assert (new.loc[alone, "cluster"] == old.loc[alone, "cluster"]).all()
    assert "cluster" not in embed(linear.run, catalogue=linear.catalogue)
