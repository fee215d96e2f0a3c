"""The likelihood of a row with columns of different types, as one distribution."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.distributions import Bernoulli, Categorical, Distribution, constraints
from torch.nn.functional import pad

from mmcore_table.ordered import Ordered

CODED = (Bernoulli, Categorical, Ordered)
"""Distributions of categories."""


@dataclass(frozen=True, slots=True)
class Group:
    """The columns of one kind, with one distribution over all of their cells.

    Arguments:
        places: indices of the columns, (G,), ascending.
        cells: a distribution of batch shape (B, G).
        filler: a value with a finite density, used where a cell is missing.
    """

    places: Tensor
    cells: Distribution
    filler: float = 0.0


class RowLikelihood(Distribution):
    r"""Independent cells given the latent variables, :math:`\prod_j p_j(x_j)` over the observed cells.

    Cells are in data units: numbers as in the file, and the index of a category of the column. A
    missing cell, NaN, does not count in ``log_prob``. Columns that are constant in the training records
    have a density, for records with another value, and their constant as mean, mode and draws.

    Shapes:
        batch: (B,). event: (C,), the columns.

    Arguments:
        groups: all columns, by kind.
        rows: number of rows B.
        columns: number of columns C.
        fixed: the constants of columns, (C,), NaN for others; None without constant columns.
    """

    arg_constraints: dict[str, Any] = {}  # noqa: RUF012 - torch's own convention
    support = constraints.dependent  # the columns have different supports

    def __init__(
        self, groups: Sequence[Group], rows: int, columns: int, fixed: Tensor | None = None
    ) -> None:
        self.groups, self.fixed = tuple(groups), fixed
        super().__init__(torch.Size((rows,)), torch.Size((columns,)), validate_args=False)

    @property
    def mode(self) -> Tensor:
        """The most likely value of each cell."""
        return self._gathered(lambda cells: cells.mode)

    @property
    def mean(self) -> Tensor:
        """The mean of each number, and the most likely category."""
        return self._gathered(lambda c: c.mode if isinstance(c, Categorical | Ordered) else c.mean)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Return draws of shape (*sample_shape, B, C)."""
        return self._gathered(lambda cells: cells.sample(sample_shape))

    def numbers(self) -> "RowLikelihood":
        """Return the likelihood of the columns of numbers alone, in their order."""
        own = [group for group in self.groups if not isinstance(group.cells, CODED)]
        order = torch.cat([group.places for group in own]).sort().values if own else torch.empty(0)
        groups = [Group(torch.searchsorted(order, g.places), g.cells, g.filler) for g in own]
        fixed = None if self.fixed is None else self.fixed[order]
        return RowLikelihood(groups, self.batch_shape[0], len(order), fixed)

    def log_prob(self, value: Tensor) -> Tensor:
        """Return the log density of the observed cells, (B,) nats."""
        total = torch.zeros(value.shape[:-1], dtype=value.dtype, device=value.device)
        for group in self.groups:
            total = total + self._of_group(group, value).sum(-1)
        return total

    def log_prob_of_cells(self, value: Tensor) -> Tensor:
        """Return the log density of each cell, (B, C) nats, 0 where it is missing."""
        cells = torch.zeros_like(value)
        for group in self.groups:
            cells[..., group.places] = self._of_group(group, value)
        return cells

    def class_probabilities(self) -> Tensor:
        """Return the probability of each category, (B, W, K), of the W columns that have categories.

        It is 0 beyond the categories of a column; K is the largest number of categories.
        """
        coded = [group for group in self.groups if isinstance(group.cells, CODED)]
        parts = [_probabilities(group.cells) for group in coded]
        most = max((part.shape[-1] for part in parts), default=0)
        if not most:
            return torch.zeros(*self.batch_shape, 0, 0)
        if len(parts) == 1:
            return parts[0]
        padded = torch.cat([pad(part, (0, most - part.shape[-1])) for part in parts], dim=1)
        return padded[:, torch.cat([group.places for group in coded]).argsort()]

    def _of_group(self, group: Group, value: Tensor) -> Tensor:
        x = value if self._is_whole else value[..., group.places]
        missing = x.isnan()
        known = x.masked_fill(missing, group.filler)
        return group.cells.log_prob(known).masked_fill(missing, 0.0)

    @property
    def _is_whole(self) -> bool:
        # All columns are of one kind, as in most wide tables: no indexing is necessary.
        return len(self.groups) == 1

    def _gathered(self, of: Callable[[Distribution], Tensor]) -> Tensor:
        cells = self._by_place(of)
        return cells if self.fixed is None else torch.where(self.fixed.isnan(), cells, self.fixed)

    def _by_place(self, of: Callable[[Distribution], Tensor]) -> Tensor:
        if self._is_whole:
            return of(self.groups[0].cells).to(torch.get_default_dtype())
        if not self.groups:
            return torch.empty(*self.batch_shape, 0)
        parts = [(group.places, of(group.cells)) for group in self.groups]
        shape = (*parts[0][1].shape[:-1], self.event_shape[0])
        out = torch.empty(shape, dtype=torch.get_default_dtype(), device=parts[0][1].device)
        for places, part in parts:
            out[..., places] = part.to(out.dtype)
        return out


def _probabilities(cells: Distribution) -> Tensor:
    probs = cells.probs
    return torch.stack([1 - probs, probs], dim=-1) if isinstance(cells, Bernoulli) else probs
