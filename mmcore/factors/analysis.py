"""Factor analysis with missing values, by expectation maximization."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

__all__ = ["Factors", "factor_analysis"]

LEAST_NOISE = 1e-3
"""Smallest noise variance of a standardized number: others may determine it exactly."""
ROUNDS, ROUNDS_OF_GIVEN, START_NOISE = 30, 10, 0.7
"""Steps of the algorithm; those of a given noise converge fast."""
AT_ONCE = 1 << 22
"""Numbers of all matrices of a block."""


@dataclass(frozen=True, slots=True)
class Factors:
    r"""A linear-Gaussian model, :math:`x = \mu + W c + \epsilon`, with :math:`c \sim N(0, I)`.

    Arguments:
        loadings: W, (F, D).
        offset: mu, (F,).
        noise: variance of each number in the posterior of the factors, (F,).
        residual: variance of each number around the model, (F,), the noise unless that was given.
    """

    loadings: Tensor
    offset: Tensor
    noise: Tensor
    residual: Tensor

    def posterior_mean(self, x: Tensor, temperature: float = 1.0) -> Tensor:
        """Return the mean of q(c | x), (B, D), for (B, F) numbers, NaN where missing.

        Arguments:
            x: the numbers.
            temperature: the likelihood counts with this power of -1; more than 1 shrinks the mean.
        """
        return _moments(self, x, temperature)[0]

    def predicted(self, x: Tensor, temperature: float = 1.0) -> tuple[Tensor, Tensor]:
        """Return mean and variance of each number without its noise, (B, F), given those of ``x``.

        Arguments:
            x: the numbers, (B, F), NaN where missing.
            temperature: see `posterior_mean`.
        """
        mean, covariance, which = _moments(self, x, temperature)
        spread = [((self.loadings @ own) * self.loadings).sum(1) for own in covariance]
        return self.expected(mean), torch.stack(spread)[which]

    def expected(self, c: Tensor) -> Tensor:
        """Return the numbers, (B, F), that factors, (B, D), predict."""
        return self.offset + c @ self.loadings.T

    def of(self, rows: slice | Tensor) -> "Factors":
        """Return the model of some of the numbers."""
        noise, residual = self.noise[rows], self.residual[rows]
        return Factors(self.loadings[rows], self.offset[rows], noise, residual)


def factor_analysis(
    x: Tensor, dims: int, shrinkage: float, noise: float | None = None, rounds: int | None = None
) -> Factors:
    r"""Return the model of D factors that fits (N, F) standardized numbers, NaN where missing.

    The loadings have the prior :math:`N(0, 1 / \lambda)` in units of the noise, which keeps a table of more
    columns than rows from being fitted exactly. The factors are rotated so that their posterior given all
    numbers has no correlations.

    Arguments:
        x: the numbers.
        dims: D; factors beyond the rank of the numbers have no loadings.
        shrinkage: lambda.
        noise: variance of every number; None: it is fitted for each one. With a given noise and as many
            factors as numbers, conditional means are those of ridge regressions with this penalty.
        rounds: number of steps of the algorithm; None: 30, or 10 with a given noise.

    References:
        Rubin, Thayer (1982), "EM algorithms for ML factor analysis".
    """
    x = x.double()
    model = _start(x, dims, START_NOISE if noise is None else noise)
    for _ in range(rounds or (ROUNDS if noise is None else ROUNDS_OF_GIVEN)):
        model = _improved(model, x, shrinkage, noise)
    return _rotated(model)


def _start(x: Tensor, dims: int, noise: float) -> Factors:
    """Return the principal components, with missing numbers at their mean."""
    _, values, right = torch.linalg.svd(x.nan_to_num(nan=0.0), full_matrices=False)
    loadings = x.new_zeros(x.shape[1], dims)
    rank = min(dims, x.shape[1], len(x) - 1)
    spread = (values[:rank] ** 2 / len(x) - 0.5).clamp_min(0.05).sqrt()
    loadings[:, :rank] = right[:rank].T * spread
    variance = x.new_full((x.shape[1],), noise)
    return Factors(loadings, x.new_zeros(x.shape[1]), variance, variance)


def _moments(model: Factors, x: Tensor, temperature: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    """Return the means, (B, D), the covariance of each pattern of missing numbers, and each row's pattern."""
    seen, dims = ~x.isnan(), model.loadings.shape[1]
    patterns, which = seen.unique(dim=0, return_inverse=True)
    scaled = model.loadings / (temperature * model.noise).unsqueeze(1)
    precision = torch.eye(dims).to(x).expand(len(patterns), dims, dims)
    for some in _blocks(len(scaled), dims):
        squares = (scaled[some].unsqueeze(2) * model.loadings[some].unsqueeze(1)).flatten(1)
        precision = precision + (patterns[:, some].to(x) @ squares).reshape(-1, dims, dims)
    covariance = torch.linalg.inv(precision)
    known = (x - model.offset).nan_to_num(nan=0.0) @ scaled
    return (covariance[which] @ known.unsqueeze(2)).squeeze(2), covariance, which


def _improved(model: Factors, x: Tensor, shrinkage: float, given: float | None) -> Factors:
    """Return the model after a step of expectation maximization; the offset is a loading of 1."""
    mean, covariance, which = _moments(model, x)
    seen, dims = (~x.isnan()).to(x), model.loadings.shape[1]
    patterns = seen.new_zeros(len(covariance), seen.shape[1]).index_copy_(0, which, seen)
    sizes = which.bincount(minlength=len(patterns)).to(x)
    c = torch.cat([mean, torch.ones_like(mean[:, :1])], dim=1)
    outer = (c.unsqueeze(2) * c.unsqueeze(1)).flatten(1)
    total = outer.new_zeros(len(patterns), outer.shape[1]).index_add_(0, which, outer)
    total = total.reshape(-1, dims + 1, dims + 1)
    total[:, :dims, :dims] += sizes.reshape(-1, 1, 1) * covariance
    values = x.nan_to_num(nan=0.0)
    cross, squares, count = values.T @ c, (values**2).sum(0), seen.sum(0).clamp_min(1)
    penalty = torch.eye(dims + 1).to(x) * shrinkage
    penalty[dims, dims] = 1e-6
    parts = []
    for some in _blocks(len(cross), dims):
        second = (patterns[:, some].T @ total.flatten(1)).reshape(-1, dims + 1, dims + 1)
        system = second + model.noise[some].reshape(-1, 1, 1) * penalty
        weights = torch.linalg.solve(system, cross[some].unsqueeze(2)).squeeze(2)
        fitted = (weights.unsqueeze(1) @ second @ weights.unsqueeze(2)).flatten()
        rest = squares[some] - 2 * (weights * cross[some]).sum(1) + fitted
        residual = (rest / count[some]).clamp_min(LEAST_NOISE)
        noise = residual if given is None else torch.full_like(residual, given)
        parts.append(Factors(weights[:, :dims], weights[:, dims], noise, residual))
    return _joined(parts)


def _joined(parts: Sequence[Factors]) -> Factors:
    fields = ((p.loadings, p.offset, p.noise, p.residual) for p in parts)
    return Factors(*(torch.cat(field) for field in zip(*fields, strict=True)))


def _blocks(numbers: int, dims: int) -> Iterator[slice]:
    """Yield slices of the numbers, for each of which there is a matrix in memory."""
    step = max(1, AT_ONCE // (dims + 1) ** 2)
    yield from (slice(first, first + step) for first in range(0, numbers, step))


def _rotated(model: Factors) -> Factors:
    scaled = model.loadings / model.noise.unsqueeze(1)
    _, rotation = torch.linalg.eigh(scaled.T @ model.loadings)
    return replace(model, loadings=model.loadings @ rotation.flip(1))
