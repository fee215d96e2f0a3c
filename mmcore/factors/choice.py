"""The size and the shrinkage of a factor analysis, by the error of held-out imputation."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, pairwise

import torch
from torch import Tensor

from mmcore.factors.analysis import Factors, factor_analysis

__all__ = ["Choice", "choose"]

SHRINKAGES, NOISES = (1.0, 30.0), (0.1, 0.2, 0.4, 0.7)
TEMPERATURES = (1.0, 2.0, 4.0, 16.0)
SIZES = (0.5, 1.0, 2.0, 4.0)
"""Tried sizes, relative to the default size of the content."""
MOST_DIMS = 64
FEW_ROWS, FOLDED_NUMBERS = 60, 120_000
"""Fewer rows are split into ten parts, not five; numbers of all parts that are held out in turn."""
HIDDEN_CELLS = 0.25
LEVEL, DEVIATIONS = 0.9, 1.645
"""Level of the intervals, and their half-width in standard deviations of a normal distribution."""
SQUARES = (0.25, 100.0)
"""Smallest and largest factor of a noise variance."""
MARGIN, LARGE_MARGIN = 0.002, 0.01
"""A larger model must decrease the error by more; sizes are not increased further if it grows by more."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The settings with the smallest error.

    Arguments:
        dims: number of factors.
        shrinkage: of the loadings.
        noise: of every number in the posterior; None: it is fitted for each one.
        temperature: of the posterior.
        error: root mean squared error of the imputed numbers, in standard deviations.
        noise_factors: by modality, the factor of the standard deviation of the noise with which intervals of
            90 % cover 90 % of the hidden numbers.
    """

    dims: int
    shrinkage: float
    noise: float | None
    temperature: float
    error: float
    noise_factors: Mapping[str, float] = field(default_factory=dict)


def choose(
    numbers: Mapping[str, Tensor],
    seed: int,
    dims: int | None = None,
    temperature: float | None = None,
) -> Choice:
    """Return the settings with which each modality is imputed best from the others, on held-out rows.

    Of one modality, a quarter of the cells is imputed from the others.

    Arguments:
        numbers: standardized numbers by modality, (N, F), NaN where missing.
        seed: of the splits.
        dims: the number of factors, if it is given.
        temperature: the temperature, if it is given.
    """
    x = torch.cat([*numbers.values()], dim=1).double()
    owners = _owners([table.shape[1] for table in numbers.values()])
    search = _Search([*_folds(x, owners, seed)], temperature)
    few = _few_factors(search, _sizes(*x.shape) if dims is None else (dims,))
    most = min(MOST_DIMS, len(x) - 1, x.shape[1]) if dims is None else dims
    many = search.best(most, [(SHRINKAGES[0], noise) for noise in NOISES])
    # With more columns than rows, the fitted noise of each column is that of these rows, and the error of
    # the best of many sizes is too small. With fewer columns, few factors are simpler.
    slack = LARGE_MARGIN if len(x) >= x.shape[1] else -LARGE_MARGIN
    best = few if few.error < many.error + slack else many
    factors = search.noise_factors(best, owners)
    return replace(best, noise_factors=dict(zip(numbers, factors, strict=True)))


def _few_factors(search: "_Search", sizes: Sequence[int]) -> Choice:
    """Return the best of ascending numbers of factors, whose noise is fitted."""
    best: Choice | None = None
    for size in sizes:
        smallest = search.best(size, [(shrinkage, None) for shrinkage in SHRINKAGES])
        if best is None or smallest.error < best.error - MARGIN:
            best = smallest
        elif smallest.error > best.error + LARGE_MARGIN:
            break
    assert best is not None, "there is a size"
    return best


@dataclass(frozen=True, slots=True)
class _Fold:
    """Training rows, and held-out rows in which some cells are hidden.

    Shapes:
        train: (N, F). hidden[k]: (H, F), NaN in the hidden cells. truth: (H, F).
    """

    train: Tensor
    hidden: Sequence[Tensor]
    truth: Tensor

    @classmethod
    def of(cls, train: Tensor, truth: Tensor, owners: Sequence[slice], seed: int) -> "_Fold":
        if len(owners) == 1:
            generator = torch.Generator().manual_seed(seed)
            out = torch.rand(truth.shape, generator=generator) < HIDDEN_CELLS
            return cls(train, [truth.masked_fill(out, torch.nan)], truth)
        return cls(train, [_without(truth, own) for own in owners], truth)

    def squares(self, model: Factors, temperature: float) -> Tensor:
        """Return the squared errors of the hidden cells, NaN for others."""
        return torch.cat([self._squares(model, temperature, given) for given in self.hidden])

    def shares(self, model: Factors, temperature: float) -> Tensor:
        """Return the squared factor of the noise with which the interval of a hidden cell just has it."""
        parts = []
        for given in self.hidden:
            mean, spread = model.predicted(given, temperature)
            share = (((mean - self.truth) / DEVIATIONS) ** 2 - spread) / model.residual
            parts.append(share.masked_fill(~given.isnan(), torch.nan)[given.isfinite().any(1)])
        return torch.cat(parts)

    def _squares(self, model: Factors, temperature: float, given: Tensor) -> Tensor:
        guess = model.expected(model.posterior_mean(given, temperature))
        squares = ((guess - self.truth) ** 2).masked_fill(~given.isnan(), torch.nan)
        return squares[given.isfinite().any(1)]  # others have nothing to impute from


@dataclass(frozen=True, slots=True)
class _Search:
    """The error of settings on all folds."""

    folds: Sequence[_Fold]
    temperature: float | None

    def best(self, dims: int, settings: Iterable[tuple[float, float | None]]) -> Choice:
        """Return the best of several shrinkages and noises."""
        tried = chain.from_iterable(self._tried(dims, *pair) for pair in settings)
        return min(tried, key=lambda choice: choice.error)

    def noise_factors(self, choice: Choice, owners: Sequence[slice]) -> list[float]:
        """Return the factor of the noise of each modality, see `Choice`."""
        dims, shrinkage, noise = choice.dims, choice.shrinkage, choice.noise
        models = [factor_analysis(fold.train, dims, shrinkage, noise) for fold in self.folds]
        pairs = zip(self.folds, models, strict=True)
        shares = torch.cat([fold.shares(model, choice.temperature) for fold, model in pairs])
        known = (own[own.isfinite()] for own in (shares[:, owner] for owner in owners))
        squares = (own.quantile(LEVEL) if len(own) else own.new_ones(()) for own in known)
        return [round(float(square.clamp(*SQUARES).sqrt()), 3) for square in squares]

    def _tried(self, dims: int, shrinkage: float, noise: float | None) -> Iterator[Choice]:
        models = [factor_analysis(fold.train, dims, shrinkage, noise) for fold in self.folds]
        pairs = list(zip(self.folds, models, strict=True))
        for t in TEMPERATURES if self.temperature is None else (self.temperature,):
            squares = torch.cat([fold.squares(model, t) for fold, model in pairs])
            error = float(squares.nanmean(0).sqrt().nanmean())
            yield Choice(dims, shrinkage, noise, t, error if math.isfinite(error) else math.inf)


def _without(x: Tensor, own: slice) -> Tensor:
    hidden = x.clone()
    hidden[:, own] = torch.nan
    return hidden


def _owners(sizes: Sequence[int]) -> list[slice]:
    ends = torch.tensor([0, *sizes]).cumsum(0).tolist()
    return [slice(start, end) for start, end in pairwise(ends)]


def _folds(x: Tensor, owners: Sequence[slice], seed: int) -> Iterator[_Fold]:
    """Yield splits of the rows: fewer rows are split into more parts, each of which is held out."""
    parts = 10 if len(x) < FEW_ROWS else 5
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(seed))
    for number in range(min(parts, max(1, FOLDED_NUMBERS // x.numel()))):
        out = torch.zeros(len(x), dtype=torch.bool)
        out[order[number::parts]] = True
        yield _Fold.of(x[~out], x[out], owners, seed + number)


def _sizes(rows: int, columns: int) -> list[int]:
    """Return the numbers of factors that are tried, ascending."""
    usual = math.sqrt(min(rows, columns))
    most = min(MOST_DIMS, rows // 2, columns)
    return sorted({max(2, min(most, round(share * usual))) for share in SIZES})
