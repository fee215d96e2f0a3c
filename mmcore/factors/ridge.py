"""The ridge regressions of all numbers from one another, as one covariance of low rank."""

from collections.abc import Sequence

import torch
from torch import Tensor

from mmcore.factors.analysis import Factors

__all__ = ["ridge_factors", "ridge_scores"]

MOST_DIMS = 256
FILL_PENALTY, ROUNDS = 0.1, 3
"""Of the predictions that stand for missing numbers."""
LEAST_VARIANCE = 1e-8
"""Of a principal component that is kept."""


def ridge_factors(x: Tensor) -> Factors:
    r"""Return the covariance :math:`S = L L^\top` and the mean of (N, F) numbers, NaN where missing.

    `ridge_scores` computes ridge regressions from it, between any sets of the numbers. Missing numbers are
    replaced by such predictions, three times. L has at most 256 columns, the principal components; with
    fewer rows or fewer numbers, S is exact.

    Shapes:
        x: (N, F). returns: loadings L (F, D), offset (F,), double.
    """
    x, missing = x.double(), x.isnan()
    filled = torch.where(missing, x.nanmean(0).nan_to_num(nan=0.0), x)
    for _ in range(ROUNDS if bool(missing.any()) else 0):
        model = _components(filled)
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
    total = model.loadings.T @ model.loadings
    scores = x.new_empty(len(penalties), len(x), dims)
    known = (x.nan_to_num(nan=0.0) @ model.loadings).mT
    for number, seen in enumerate(patterns):
        rows, few = which == number, bool(seen.sum() * 2 < len(seen))
        own = model.loadings[seen if few else ~seen]
        squares = own.T @ own if few else total - own.T @ own
        scores[:, rows] = torch.linalg.solve(squares + penalty, known[:, rows]).mT
    return scores


def _components(x: Tensor) -> Factors:
    """Return the principal components of complete rows."""
    offset, noise = x.mean(0), x.new_ones(x.shape[1])
    centered, is_wide = (x - offset) / len(x) ** 0.5, x.shape[0] < x.shape[1]
    products = centered @ centered.T if is_wide else centered.T @ centered
    squares, vectors = torch.linalg.eigh(products)
    kept = (squares > LEAST_VARIANCE).nonzero().flatten()[-MOST_DIMS:]
    vectors = vectors[:, kept]
    loadings = centered.T @ vectors if is_wide else vectors * squares[kept].sqrt()
    return Factors(loadings, offset, noise, noise)
