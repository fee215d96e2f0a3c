"""The size and the shrinkage of a factor analysis, by the error of held-out imputation."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from mmcore.factors.analysis import Factors, factor_analysis

__all__ = ["Choice", "choose"]

SHRINKAGES, TEMPERATURES = (1.0, 30.0), (1.0, 4.0, 16.0)
SIZES = (0.5, 1.0, 2.0, 4.0)
"""Of the default size of the content."""
MOST_DIMS = 64
FOLDS, MANY = 3, 300
"""Splits of few rows into four fifths and one fifth; from so many rows on, one split suffices."""
HIDDEN_CELLS = 0.25
MARGIN = 0.002
"""A larger model must decrease the error by more."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The settings with the smallest error.

    Arguments:
        dims: number of factors.
        shrinkage: of the loadings.
        temperature: of the posterior.
        error: root mean squared error of the imputed numbers, in standard deviations.
    """

    dims: int
    shrinkage: float
    temperature: float
    error: float


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
    folds = [_Fold.of(x, owners, seed, number) for number in range(_folds(len(x)))]
    best: Choice | None = None
    for size in _sizes(*x.shape) if dims is None else (dims,):
        smallest = min(_tried(folds, size, temperature), key=lambda choice: choice.error)
        if best is None or smallest.error < best.error - MARGIN:
            best = smallest
        elif smallest.error > best.error + 5 * MARGIN:
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
    def of(cls, x: Tensor, owners: Sequence[slice], seed: int, number: int) -> "_Fold":
        generator = torch.Generator().manual_seed(seed + number)
        order = torch.randperm(len(x), generator=generator)
        truth, train = x[order[: max(1, len(x) // 5)]], x[order[max(1, len(x) // 5) :]]
        if len(owners) == 1:
            out = torch.rand(truth.shape, generator=generator) < HIDDEN_CELLS
            return cls(train, [truth.masked_fill(out, torch.nan)], truth)
        return cls(train, [_without(truth, own) for own in owners], truth)

    def error(self, model: Factors, temperature: float) -> float:
        squares = [
            (model.expected(model.posterior_mean(given, temperature)) - self.truth) ** 2
            for given in self.hidden
        ]
        wrong = torch.cat(
            [
                s.masked_fill(~g.isnan(), torch.nan)
                for s, g in zip(squares, self.hidden, strict=True)
            ]
        )
        rows = torch.cat(list(self.hidden)).isfinite().any(1)  # others have nothing to impute from
        return float(wrong[rows].nanmean(0).sqrt().nanmean())


def _tried(folds: Sequence[_Fold], dims: int, temperature: float | None) -> Iterator[Choice]:
    temperatures = TEMPERATURES if temperature is None else (temperature,)
    for shrinkage in SHRINKAGES:
        models = [factor_analysis(fold.train, dims, shrinkage) for fold in folds]
        for t in temperatures:
            errors = [f.error(model, t) for f, model in zip(folds, models, strict=True)]
            mean = sum(errors) / len(errors)
            yield Choice(dims, shrinkage, t, mean if math.isfinite(mean) else math.inf)


def _without(x: Tensor, own: slice) -> Tensor:
    hidden = x.clone()
    hidden[:, own] = torch.nan
    return hidden


def _owners(sizes: Sequence[int]) -> list[slice]:
    ends = torch.tensor([0, *sizes]).cumsum(0).tolist()
    return [slice(start, end) for start, end in pairwise(ends)]


def _folds(rows: int) -> int:
    return FOLDS if rows < MANY else 1


def _sizes(rows: int, columns: int) -> list[int]:
    """Return the numbers of factors that are tried, ascending."""
    usual = math.sqrt(min(rows, columns))
    most = min(MOST_DIMS, rows // 2, columns)
    return sorted({max(2, min(most, round(share * usual))) for share in SIZES})
