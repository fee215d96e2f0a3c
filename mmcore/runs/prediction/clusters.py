"""Clusters of records in the joint representation, and how stable they are."""

from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
import torch
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, silhouette_score

from mmcore.errors import MmcoreError
from mmcore.noise import derived_seed
from mmcore.runs.prediction.query import Query

__all__ = ["STABLE", "Clustering", "clustered", "clustering"]

FEWEST, MOST = 2, 10
"""Numbers of clusters that ``auto`` compares."""
REPEATS = 20
STABLE = 0.75
"""Stability below which clusters are not to be interpreted."""
ROWS, SCORED = 5000, 1000
CHUNK = 1000


@dataclass(frozen=True, slots=True)
class Clustering:
    """Clusters of k-means; a record belongs to the nearest center.

    Shapes:
        centers: (K, D), the cluster with most training records first.

    Arguments:
        centers: mean of each cluster.
        stability: adjusted Rand index of these clusters and those of a bootstrap sample of the training
            records, both on all of them, mean over 20 samples: 1 if they are the same, 0 by chance.
        rows: number of training records.
    """

    centers: np.ndarray
    stability: float
    rows: int

    def assign(self, means: np.ndarray) -> np.ndarray:
        """Return the cluster of each record, (N,), from 0, for posterior means, (N, D)."""
        distances = ((means[:, None] - self.centers) ** 2).sum(-1)
        nearest: np.ndarray = distances.argmin(1)
        return nearest

    @property
    def sentence(self) -> str:
        """The number of clusters and their stability."""
        result = (
            f"{len(self.centers)} clusters of {self.rows} training records; stability {self.stability:.2f}"
            f" (adjusted Rand index of {REPEATS} bootstrap samples)"
        )
        if self.stability >= STABLE:
            return result
        return f"{result}, which is below {STABLE}: other samples would have other clusters"


def clustering(query: Query, clusters: int | Literal["auto"], seed: int = 0) -> Clustering:
    """Return the clusters of posterior means, by k-means.

    Arguments:
        query: over the training records; of more than 5,000, a random sample is clustered.
        clusters: their number, or ``auto`` for that with the largest silhouette, from 2 to 10.
        seed: of the starts and of the bootstrap samples.

    Raises:
        MmcoreError: there are fewer than two clusters, or fewer different records than clusters.
    """
    chunks = query.chunks(CHUNK, seed)
    means = torch.cat(
        [query.model.inference(chunk.encoding).mean.detach().cpu() for chunk in chunks]
    )
    return clustered(means.double().numpy(), clusters, seed)


def clustered(means: np.ndarray, clusters: int | Literal["auto"], seed: int = 0) -> Clustering:
    """Return the clusters of (N, D) posterior means; see `clustering`."""
    random = np.random.default_rng(derived_seed("clusters", seed))
    means = random.permutation(means)[:ROWS]
    different = len(np.unique(means, axis=0))
    fewest = FEWEST if clusters == "auto" else clusters
    if different <= FEWEST:
        raise MmcoreError(
            f"the {len(means)} training records have {different} different representations, and clusters need"
            f" {FEWEST + 1}; leave --clusters out"
        )
    if fewest < FEWEST or different <= fewest:
        raise MmcoreError(
            f"--clusters is {clusters}, expected auto or a number from {FEWEST} to {different - 1}, one less"
            f" than the {different} different training records"
        )
    fit = partial(KMeans, n_init=10, random_state=derived_seed("k-means", seed) % 2**32)
    if clusters == "auto":
        sizes = range(FEWEST, min(MOST, different - 1) + 1)
        clusters = max(sizes, key=lambda size: _silhouette(fit(size), means[:SCORED]))
    model = fit(clusters).fit(means)
    order = np.bincount(model.labels_).argsort(kind="stable")[::-1]
    samples = [means[random.integers(0, len(means), len(means))] for _ in range(REPEATS)]
    again = [fit(clusters, n_init=3).fit(sample).predict(means) for sample in samples]
    stability = float(np.mean([adjusted_rand_score(model.labels_, labels) for labels in again]))
    return Clustering(model.cluster_centers_[order], stability, len(means))


def _silhouette(model: KMeans, means: np.ndarray) -> float:
    return float(silhouette_score(means, model.fit_predict(means)))
