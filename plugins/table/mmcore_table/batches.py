"""The shifts of numbers between batches of records: fitted to the training records, then trained."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from mmcore_table.settings import Column


class Shifts(nn.Module):
    """The difference of each number between each batch and the reference batch, in its unit.

    Columns of counts and of categories have no shift.

    Arguments:
        columns: with ``shifts``, at which the training starts.
        others: number of batches beside the reference batch.
    """

    def __init__(self, columns: Sequence[Column], others: int) -> None:
        super().__init__()
        places = [place for place, column in enumerate(columns) if is_shifted(column)]
        kind = torch.get_default_dtype()
        start = [columns[place].shifts or (0.0,) * others for place in places]
        scale = torch.tensor([columns[place].scale for place in places], dtype=kind)
        starts = torch.tensor(start, dtype=kind).reshape(len(places), others) / scale.unsqueeze(1)
        self.size = len(columns)
        self.shifts = nn.Parameter(starts.T.contiguous())
        self.register_buffer("places", torch.tensor(places, dtype=torch.long), persistent=False)
        self.register_buffer("scale", scale, persistent=False)

    def forward(self, sites: Tensor) -> Tensor:
        """Return the shift of each cell, (B, C), for the place of the batch of each row, (B,)."""
        places, scale = self.get_buffer("places"), self.get_buffer("scale")
        own = self.shifts * scale
        every = torch.cat([own.new_zeros(1, len(places)), own])  # none in the reference batch
        whole = own.new_zeros(len(every), self.size).index_copy(1, places, every)
        return whole[sites]


def is_shifted(column: Column) -> bool:
    """Return whether the numbers of a column have a shift."""
    return column.kind in ("real", "student") and column.is_plain


class SiteMoments:
    """The first moments of each column in each batch, about its center, added some rows at a time.

    Arguments:
        columns: fitted ones.
        sites: number of batches.
    """

    def __init__(self, columns: Sequence[Column], sites: int) -> None:
        self._columns, self._center = columns, np.array([column.loc for column in columns])
        self._count, self._sum, self._square = np.zeros((3, sites, len(columns)))

    def add(self, cells: np.ndarray, sites: np.ndarray) -> None:
        """Add (N, C) cells, NaN where missing, of records in the batches ``sites``, (N,)."""
        known = ~np.isnan(cells)
        x = np.where(known, cells - self._center, 0.0)
        for total, part in ((self._count, known), (self._sum, x), (self._square, x**2)):
            np.add.at(total, sites, part)

    def fitted(self) -> tuple[Column, ...]:
        """Return the columns with the shifts of the batches, and center and scale without them."""
        rows, shifts = np.maximum(self._count.sum(0), 1), self._shifts()
        loc = (self._sum - self._count * shifts).sum(0) / rows
        square = (self._square - 2 * shifts * self._sum + self._count * shifts**2).sum(0) / rows
        scale = np.sqrt(np.maximum(square - loc**2, 0))
        return tuple(
            _with_shifts(column, *numbers) if is_shifted(column) else column
            for column, *numbers in zip(
                self._columns, shifts.T, loc + self._center, scale, strict=True
            )
        )

    def _shifts(self) -> np.ndarray:
        """Return the means of the batches minus that of the first, (K, C), and 0 where one has no cell.

        Where the first batch has no cell, the mean of the means takes its place.
        """
        seen = self._count > 0
        means = self._sum / np.maximum(self._count, 1)
        average = np.where(seen, means, 0).sum(0) / np.maximum(seen.sum(0), 1)
        shifts = np.where(seen, means - np.where(seen[0], means[0], average), 0.0)
        shifts[0] = 0.0
        return shifts


def _with_shifts(column: Column, shifts: np.ndarray, loc: float, scale: float) -> Column:
    update: dict[str, Any] = {"shifts": tuple(float(f"{s:.6g}") for s in shifts[1:])}
    update["loc"] = float(f"{loc:.9g}")
    if scale > 0:
        update["scale"] = float(f"{scale:.6g}")
    return column.model_copy(update=update)
