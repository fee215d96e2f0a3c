"""The ridge regressions of all numbers from one another, as one covariance of low rank."""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from mmcore.factors.analysis import Factors

__all__ = ["ridge_factors", "ridge_scores"]

MOST_DIMS = 256
FILL_DIMS, FILL_PENALTY, ROUNDS = 64, 0.1, 3
"""Components, penalty and repetitions of the predictions that replace missing numbers."""
MANY_PATTERNS = 64
"""With more patterns of observed numbers, predictions are from `FILL_DIMS` components: the others of a wide
table are noise. Single missing cells cause many patterns, missing tables few."""
MOST_IN_GROUPS = 1 << 22
"""Largest number of elements in the matrices of all groups of columns."""
AT_ONCE = 16
"""Patterns whose matrices are computed at a time."""
LEAST_VARIANCE = 1e-8
"""Smallest variance of a principal component that is kept."""


def ridge_factors(x: Tensor) -> Factors:
    r"""Return the covariance :math:`S = L L^\top` and the mean of (N, F) numbers, NaN where missing.

    `ridge_scores` computes ridge regressions from it, between any sets of the numbers. Missing numbers are
    replaced by such predictions three times, from 64 components where single cells are missing. L has at most
    256 columns, the principal components; with fewer rows or fewer numbers, S is exact.

    Shapes:
        x: (N, F). returns: loadings L (F, D), offset (F,), double.
    """
    x, missing = x.double(), x.isnan()
    filled = torch.where(missing, x.nanmean(0).nan_to_num(nan=0.0), x)
    dims = FILL_DIMS if len(missing.unique(dim=0)) > MANY_PATTERNS else MOST_DIMS
    for _ in range(ROUNDS if bool(missing.any()) else 0):
        model = _components(filled, dims)
        (guess,) = model.expected(ridge_scores(model, x, (FILL_PENALTY,)))
        filled = torch.where(missing, guess, filled)
    return _components(filled)


def ridge_scores(model: Factors, x: Tensor, penalties: Sequence[float]) -> Tensor:
    r"""Return the scores c of each row from its observed numbers, (P, N, D), for several penalties.

    .. math:: c = (L_x^\top L_x + \lambda I)^{-1} L_x^\top (x - \mu_x), \qquad
        \mu_y + L_y c = \mu_y + S_{yx} (S_{xx} + \lambda I)^{-1} (x - \mu_x)

    The right side is the prediction of numbers y by a ridge regression. Its penalty is N times
    :math:`\lambda` for the covariance of N complete rows. It is computed by `Factors.expected`.

    Arguments:
        model: a result of `ridge_factors`.
        x: numbers, (N, F), NaN where missing.
        penalties: lambda, P of them.
    """
    x, dims = x.double() - model.offset, model.loadings.shape[1]
    patterns, which = (~x.isnan()).unique(dim=0, return_inverse=True)
    penalty = torch.tensor(penalties).to(x).reshape(-1, 1, 1) * torch.eye(dims).to(x)
    scores = x.new_empty(len(penalties), len(x), dims)
    if not len(x):
        return scores
    known = x.nan_to_num(nan=0.0) @ model.loadings
    rows_of = which.argsort(stable=True).split(which.bincount().tolist())
    for rows, squares in zip(rows_of, _squares(model.loadings, patterns), strict=True):
        triangle = torch.linalg.cholesky(squares + penalty)
        scores[:, rows] = torch.cholesky_solve(known[rows].mT, triangle).mT
    return scores


def _squares(loadings: Tensor, patterns: Tensor) -> Iterator[Tensor]:
    r"""Yield :math:`L_x^\top L_x`, (D, D), for each pattern x of observed numbers.

    Numbers that are in the same patterns, such as those of a table that whole rows lack, are a group, whose
    matrix is computed once. With many groups, each matrix is computed from that of the nearest of three
    sets: no number, the numbers of most patterns, all.
    """
    groups, places = patterns.unique(dim=1, return_inverse=True)
    count = groups.shape[1]
    if count * loadings.shape[1] ** 2 <= MOST_IN_GROUPS:
        parts = (loadings[places == group] for group in range(count))
        products = torch.stack([own.T @ own for own in parts])
        for some in groups.to(loadings).split(AT_ONCE):
            yield from torch.tensordot(some, products, 1)
        return
    usual = patterns.double().mean(0) > 0.5
    sets = [torch.zeros_like(usual), usual, torch.ones_like(usual)]
    nearest = torch.stack([(patterns != own).sum(1) for own in sets]).argmin(0)
    bases = {n: loadings[sets[n]].T @ loadings[sets[n]] for n in nearest.unique().tolist()}
    for seen, n in zip(patterns, nearest.tolist(), strict=True):
        changed = seen != sets[n]
        own, sign = loadings[changed], 2.0 * seen[changed].to(loadings) - 1
        yield bases[n] + (own * sign.unsqueeze(1)).T @ own


def _components(x: Tensor, most: int = MOST_DIMS) -> Factors:
    """Return the first principal components of complete rows."""
    offset, noise = x.mean(0), x.new_ones(x.shape[1])
    centered, is_wide = (x - offset) / len(x) ** 0.5, x.shape[0] < x.shape[1]
    products = centered @ centered.T if is_wide else centered.T @ centered
    squares, vectors = torch.linalg.eigh(products)
    kept = (squares > LEAST_VARIANCE).nonzero().flatten()[-most:]
    vectors = vectors[:, kept]
    loadings = centered.T @ vectors if is_wide else vectors * squares[kept].sqrt()
    return Factors(loadings, offset, noise, noise)
