"""Imputation without a model: the column mean, and nearest neighbours among the training records."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self, final

import torch
from torch import Tensor

from mmcore.data import Source
from mmcore.inference.prediction.predictive import units
from mmcore.model import Model
from mmcore.noise import Noise, derived_seed

__all__ = ["NEIGHBOURS", "Baselines", "Elements"]

NEIGHBOURS = 10
MOST_ROWS, MOST_NUMBERS = 2000, 1 << 24
"""Training records of the baselines, and numbers in all of them."""
NUMBERS_AT_ONCE = 1 << 19
"""Elements of the records whose neighbours are in memory at once."""


@dataclass(frozen=True, slots=True)
class Elements:
    """Values of one modality as numbers without shape.

    Shapes:
        cells: (N, W), double, 0 where they are not known. known: (N, W), bool.
    """

    cells: Tensor
    known: Tensor

    @classmethod
    def of(cls, values: Tensor, present: Tensor) -> Self:
        """Return the elements of (N, *E) values of the records that ``present``, (N,), selects."""
        cells = values.flatten(1).double()
        known = ~cells.isnan() & present.unsqueeze(1)
        return cls(cells.masked_fill(~known, 0.0), known)

    def classes(self, coded: Tensor) -> Tensor:
        """Return the elements that are categories, (N, V), -1 where they are not known."""
        return torch.where(self.known, self.cells, -1.0)[:, coded]

    def select(self, rows: Tensor) -> "Elements":
        """Return the elements of the records that the mask or the indices ``rows`` select."""
        return Elements(self.cells[rows], self.known[rows])


@final
class Baselines:
    """The column mean and K nearest neighbours, fitted to training records.

    A number is the mean, and a category the most frequent one, of all training records, or of the 10
    nearest of those that have the modality. The squared distance of two records is the mean over their
    common given elements: squared differences of numbers in standard deviations, and 1 for different
    categories. A record that has no common element with a training record, and an element that no
    neighbour has, get the column mean.

    Arguments:
        train: elements of the training records, by modality.
        coded: by modality, which elements are categories, (W,) bool.
    """

    def __init__(self, train: Mapping[str, Elements], coded: Mapping[str, Tensor]) -> None:
        self._train, self._coded = train, coded
        self._center = {n: _typical(e.cells, e.known, coded[n]) for n, e in train.items()}
        self._scale = {n: _spread(e, self._center[n]) for n, e in train.items()}

    @classmethod
    @torch.no_grad()
    def fit(cls, model: Model, source: Source, seed: int) -> Self:
        """Return the baselines of training records, at most 2,000 of them."""
        widest = sum(m.event_shape.numel() for m in model.codec.modalities.values())
        generator = torch.Generator().manual_seed(derived_seed("baselines", seed))
        rows = min(MOST_ROWS, max(1, MOST_NUMBERS // widest))
        indices = torch.randperm(len(source), generator=generator)[:rows]
        batch = source.fetch(indices, Noise(len(indices), seed=seed))
        train, coded = {}, {}
        for name, values in model.codec.prepared(batch.to(model.device)).items():
            coded[name] = units(model.codec[name], values).isnan().flatten().cpu()
            train[name] = Elements.of(values.cpu(), batch.present[name])
        return cls(train, coded)

    def mean(self, name: str) -> Tensor:
        """Return the column means of a modality, (W,)."""
        return self._center[name]

    def nearest(self, name: str, given: Mapping[str, Elements]) -> Tensor:
        """Return the mean of the nearest neighbours of N records in a modality, (N, W).

        Arguments:
            name: the modality.
            given: elements of the records in the other modalities.
        """
        target = self._train[name]
        donors = target.known.any(1).nonzero()[:, 0]
        if not len(donors):
            return self._center[name].expand(len(next(iter(given.values())).cells), -1)
        distances = self._distances(given, donors)
        nearest = distances.topk(min(NEIGHBOURS, len(donors)), largest=False)
        rows, reachable = donors[nearest.indices], nearest.values.isfinite().unsqueeze(-1)
        size = max(1, NUMBERS_AT_ONCE // target.cells.shape[1])
        parts = [
            _typical(target.cells[own], target.known[own] & usable, self._coded[name])
            for own, usable in zip(rows.split(size), reachable.split(size), strict=True)
        ]
        typical = torch.cat(parts)
        return torch.where(typical.isnan(), self._center[name], typical)

    def _distances(self, given: Mapping[str, Elements], donors: Tensor) -> Tensor:
        total = common = torch.zeros(())
        for name, own in given.items():
            train, coded = self._train[name], self._coded[name]
            known, others = own.known.double(), train.known[donors].double()
            common = common + _over_known(known, others)
            x, y = self._scaled(name, own), self._scaled(name, train)[donors]
            # (x - y)^2 over the numbers that both have; unknown ones are 0
            total = total + _over_known(x**2, others) + _over_known(y**2, known).T - 2 * x @ y.T
            if bool(coded.any()):
                ours, theirs = own.classes(coded), train.select(donors).classes(coded)
                total = total + _differing(ours, theirs)
        return torch.where(common > 0, total / common, torch.inf)

    def _scaled(self, name: str, elements: Elements) -> Tensor:
        centered = (elements.cells - self._center[name].nan_to_num()) / self._scale[name]
        return centered.masked_fill(~elements.known | self._coded[name], 0.0)


def _over_known(cells: Tensor, known: Tensor) -> Tensor:
    """Return the sums of (N, W) cells over the observed elements of each of M rows, (N, M), or (N, 1)."""
    return cells.sum(1, keepdim=True) if bool(known.all()) else cells @ known.T


def _differing(ours: Tensor, theirs: Tensor) -> Tensor:
    """Return the number of columns in which two rows have different classes, (N, M); -1 is unknown.

    Products of indicators of one class, or of one column, count them, whichever are fewer.
    """
    both = (ours >= 0).double() @ (theirs >= 0).double().T
    classes = range(int(theirs.max().clamp_min(-1)) + 1)
    if len(classes) <= ours.shape[1]:
        same = ((ours == k).float() @ (theirs == k).float().T for k in classes)
        return both - sum(same, torch.zeros(()))
    known = theirs.masked_fill(theirs < 0, -2)  # an unknown cell equals none
    for one, other in zip(ours.T, known.T, strict=True):
        both = both - (one.unsqueeze(1) == other).double()
    return both


def _typical(cells: Tensor, known: Tensor, coded: Tensor) -> Tensor:
    """Return means of numbers and the most frequent categories of (*N, K, W) cells, (*N, W).

    An element that is not known in any of the K rows is NaN.
    """
    typical = cells.where(known, torch.nan).nanmean(-2)
    if bool(coded.any()):
        # Categories are indices: a negative number stands for each unknown cell, so that none is frequent.
        unknown = -1.0 - torch.arange(cells.shape[-2], dtype=cells.dtype).unsqueeze(-1)
        marked = torch.where(known, cells, unknown)[..., coded]
        frequent = marked.mode(-2).values
        frequent = torch.where(frequent < 0, marked.amax(-2), frequent)
        typical[..., coded] = frequent.masked_fill(frequent < 0, torch.nan)
    return typical


def _spread(elements: Elements, center: Tensor) -> Tensor:
    """Return the standard deviation of each element, 1 where it is constant or unknown, (W,)."""
    squares = (elements.cells - center).square().where(elements.known, torch.nan)
    spread = squares.nanmean(0).sqrt()
    return torch.where(spread > 0, spread, 1.0)
