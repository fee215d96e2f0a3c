"""Distances between a set of generated samples and a set of real samples, in a feature space."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from sklearn.cluster import MiniBatchKMeans
from torch import Tensor

from mmcore.errors import MmcoreError
from mmcore.metrics.errors import GROUPS, REPEATS, share_error

__all__ = [
    "Quality",
    "frechet_distance",
    "frechet_error",
    "improved_precision_recall",
    "prd_curve",
    "quality",
]

CLUSTERS, ANGLES, RUNS = 20, 1001, 5
SLOPES = np.tan(np.linspace(1e-6, np.pi / 2 - 1e-6, ANGLES))
NEIGHBORS = 3
LEAST_ROWS = 100
EPSILON = 1e-10
Labels = tuple[np.ndarray, np.ndarray]
AT_ONCE = 500
"""Rows whose distances to all others are in memory at once."""


@dataclass(frozen=True, slots=True)
class Quality:
    """Distances between a generated set and a real set.

    Arguments:
        prd_area: area under the curve of precision over recall, 1 for equal distributions.
        prd_mean: mean of the values of the curve, as in Table 3 of the paper; at most about .72.
        f_8: best F score with recall weighted 8 times.
        f_1_8: best F score with precision weighted 8 times.
        precision: share of generated samples in the manifold of the real ones.
        recall: share of real samples in the manifold of the generated ones.
        frechet: squared Frechet distance between Gaussians with the moments of the sets.
        errors: the standard errors of these numbers, over the samples; those of the curve with the clusters
            fixed, those of precision and recall with the manifold fixed, see also `frechet_error`.
    """

    prd_area: float
    prd_mean: float
    f_8: float
    f_1_8: float
    precision: float
    recall: float
    frechet: float
    errors: tuple[float, ...] = ()

    @property
    def numbers(self) -> tuple[float, ...]:
        """The distances, without their errors."""
        curve = self.prd_area, self.prd_mean, self.f_8, self.f_1_8
        return (*curve, self.precision, self.recall, self.frechet)


def quality(real: Tensor, generated: Tensor, seed: int = 0) -> Quality:
    """Return all distances between two sets of the same size.

    Shapes:
        real: (N, F). generated: (N, F).

    Raises:
        MmcoreError: the sets differ in size or have fewer than 100 samples.

    References:
        Sajjadi, Bachem, Lucic, Bousquet, Gelly (2018); Kynkaanniemi, Karras, Laine, Lehtinen, Aila
        (2019); Heusel, Ramsauer, Unterthiner, Nessler, Hochreiter (2017).
    """
    if len(real) != len(generated):
        raise MmcoreError(
            f"{len(real)} real samples are compared with {len(generated)} generated ones, expected sets of"
            " the same size; reduce the larger set"
        )
    if len(real) < LEAST_ROWS:
        raise MmcoreError(
            f"quality is computed from {len(real)} samples, expected at least {LEAST_ROWS};"
            " increase rows, or leave out the metric quality"
        )
    clustered = _clustered(real, generated, seed)
    inside, covered = improved_precision_recall(real, generated)
    random = np.random.default_rng(seed)
    again = [_of_curve(*_mean_curve(_resampled(clustered, random))) for _ in range(REPEATS)]
    shares = (share_error(share, len(real)) for share in (inside, covered))
    return Quality(
        *_of_curve(*_mean_curve(clustered)),
        precision=inside,
        recall=covered,
        frechet=frechet_distance(real, generated),
        errors=(
            *map(float, np.std(again, axis=0, ddof=1)),
            *shares,
            frechet_error(real, generated),
        ),
    )


def prd_curve(real: Tensor, generated: Tensor, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    r"""Return precision and recall over the slopes :math:`\lambda = \tan\theta`.

    .. math:: \alpha(\lambda) = \sum_\omega \min(\lambda P(\omega), Q(\omega)), \qquad
        \beta(\lambda) = \sum_\omega \min(P(\omega), Q(\omega) / \lambda)

    with P of real and Q of generated samples over k-means clusters of the union; mean over several
    runs of the clustering.

    Shapes:
        real: (N, F). generated: (N, F). returns: (1001,) precision and (1001,) recall.

    References:
        Sajjadi, Bachem, Lucic, Bousquet, Gelly (2018), Theorem 1 and Section 4.
    """
    return _mean_curve(_clustered(real, generated, seed))


def improved_precision_recall(
    real: Tensor, generated: Tensor, neighbors: int = NEIGHBORS
) -> tuple[float, float]:
    """Return the shares of generated and of real samples in the manifold of the other set.

    A manifold is the union of balls around the samples, each with the k-th nearest sample on its border.

    References:
        Kynkaanniemi, Karras, Laine, Lehtinen, Aila (2019), Eq. 1 and 2.
    """
    # Equal features, such as those of equal texts, are one row: their distance is 0, and not almost 0.
    both = torch.cat([real, generated]).double()
    features, places = torch.unique(both, dim=0, return_inverse=True)
    own, drawn = places.split([len(real), len(generated)])
    return _within(features, drawn, own, neighbors), _within(features, own, drawn, neighbors)


def frechet_distance(a: Tensor, b: Tensor) -> float:
    r"""Return :math:`|\mu_a - \mu_b|^2 + tr(C_a + C_b - 2 (C_a C_b)^{1/2})` of two sets.

    Shapes:
        a: (N, F). b: (N', F).

    References:
        Heusel, Ramsauer, Unterthiner, Nessler, Hochreiter (2017), Section 4; here usually
        in the features of the modality's own classifier, where values are comparable only with each other.
    """
    a, b = a.double(), b.double()
    shift = ((a.mean(0) - b.mean(0)) ** 2).sum()
    # tr (C_a C_b)^1/2 = sum of singular values of A B^T, with C = A^T A: no square root of a matrix
    roots = torch.linalg.svdvals(
        _centered(a) @ _centered(b).T if len(a) < a.shape[1] else _cross(a, b)
    )
    spread = (_centered(a) ** 2).sum() + (_centered(b) ** 2).sum()
    return float((shift + spread - 2 * roots.sum()).clamp_min(0))


def frechet_error(a: Tensor, b: Tensor) -> float:
    r"""Return the standard error of `frechet_distance`, by the jackknife over groups of samples.

    .. math:: \sqrt{\frac{G - 1}{G} \sum_g (d_{-g} - \bar d)^2}

    with the distance :math:`d_{-g}` of both sets without their samples g, g + G, g + 2G, ...

    References:
        Quenouille (1956); Efron (1979), "Bootstrap Methods: Another Look at the Jackknife".
    """
    center = a.double().mean(0)
    sides = (_moments_without_a_group(side.double() - center) for side in (a, b))
    pairs = zip(*sides, strict=True)
    without = torch.stack([_frechet_of_moments(*pair) for pair in pairs])
    return float(without.std(correction=0) * (GROUPS - 1) ** 0.5)


def _moments_without_a_group(x: Tensor) -> list[tuple[Tensor, Tensor]]:
    """Return the mean and a factor L of the covariance L L^T of a set without each of its groups."""
    groups = [x[group::GROUPS] for group in range(GROUPS)]
    total, square = x.sum(0), x.T @ x
    moments = []
    for group in groups:
        rows = len(x) - len(group)
        mean = (total - group.sum(0)) / rows
        covariance = (square - group.T @ group - rows * torch.outer(mean, mean)) / (rows - 1)
        values, vectors = torch.linalg.eigh(covariance)
        moments.append((mean, vectors * values.clamp_min(0).sqrt()))
    return moments


def _frechet_of_moments(a: tuple[Tensor, Tensor], b: tuple[Tensor, Tensor]) -> Tensor:
    roots = torch.linalg.svdvals(a[1].T @ b[1]).sum()
    distance: Tensor = (
        ((a[0] - b[0]) ** 2).sum() + (a[1] ** 2).sum() + (b[1] ** 2).sum() - 2 * roots
    )
    return distance


def _centered(x: Tensor) -> Tensor:
    centered: Tensor = (x - x.mean(0)) / (len(x) - 1) ** 0.5
    return centered


def _cross(a: Tensor, b: Tensor) -> Tensor:
    # The triangular factors have the same covariances and only F rows.
    left = torch.linalg.qr(_centered(a), mode="r").R
    right = torch.linalg.qr(_centered(b), mode="r").R
    cross: Tensor = left @ right.T
    return cross


def _clustered(real: Tensor, generated: Tensor, seed: int) -> list[Labels]:
    """Return the cluster of each real and each generated sample, by run of the clustering."""
    both = torch.cat([real, generated]).double().numpy()
    clusters = min(CLUSTERS, len(np.unique(both, axis=0)))
    # Each run starts from one initialization: the mean is over the runs.
    runs = (MiniBatchKMeans(clusters, n_init=1, random_state=seed + run) for run in range(RUNS))
    labels = (run.fit_predict(both) for run in runs)
    return [(own[: len(real)], own[len(real) :]) for own in labels]


def _resampled(clustered: Sequence[Labels], random: np.random.Generator) -> list[Labels]:
    """Return a bootstrap sample of the samples, the same one for all runs of the clustering."""
    real, generated = (random.integers(0, len(side), len(side)) for side in clustered[0])
    return [(own[real], others[generated]) for own, others in clustered]


def _mean_curve(clustered: Sequence[Labels]) -> tuple[np.ndarray, np.ndarray]:
    precision, recall = np.mean([_curve(*map(_shares, own)) for own in clustered], axis=0)
    return precision, recall


def _shares(labels: np.ndarray) -> np.ndarray:
    shares: np.ndarray = np.bincount(labels, minlength=CLUSTERS) / len(labels)
    return shares


def _of_curve(precision: np.ndarray, recall: np.ndarray) -> tuple[float, float, float, float]:
    return (
        _area(precision, recall),
        float(np.concatenate([precision, recall]).mean()),
        _best_f(precision, recall, 8.0),
        _best_f(precision, recall, 1 / 8),
    )


def _curve(p: np.ndarray, q: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    precision = np.minimum(SLOPES[:, None] * p, q).sum(1)
    return precision.clip(0, 1), (precision / SLOPES).clip(0, 1)


def _area(precision: np.ndarray, recall: np.ndarray) -> float:
    """Return the area under the curve by the trapezoidal rule."""
    order = np.lexsort((-precision, recall))
    x = np.concatenate([[0.0], recall[order]])
    y = np.concatenate([[precision.max()], precision[order]])
    return float((np.diff(x) * (y[1:] + y[:-1]) / 2).sum())


def _best_f(precision: np.ndarray, recall: np.ndarray, beta: float) -> float:
    weight = beta**2
    scores = (1 + weight) * precision * recall / (weight * precision + recall + EPSILON)
    return float(scores.max())


def _within(features: Tensor, samples: Tensor, manifold: Tensor, neighbors: int) -> float:
    """Return the share of samples in the manifold; both are given by their rows of the features."""
    # The nearest neighbor of a sample is itself.
    reach = torch.cat(
        [
            _distances(features, part, manifold).topk(neighbors + 1, largest=False).values[:, -1]
            for part in manifold.split(AT_ONCE)
        ]
    )
    inside = [
        (_distances(features, part, manifold) <= reach).any(1) for part in samples.split(AT_ONCE)
    ]
    return float(torch.cat(inside).double().mean())


def _distances(features: Tensor, a: Tensor, b: Tensor) -> Tensor:
    same = a.unsqueeze(1) == b
    return torch.cdist(features[a], features[b]).masked_fill(same, 0.0)
