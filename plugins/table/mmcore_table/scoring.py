"""The likelihood of rows with Gaussian columns for many draws of the latent variables."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import final

import torch
from torch import Tensor

from mmcore.scoring import Scorer

__all__ = ["GaussianColumns", "GaussianRows"]


@final
@dataclass(frozen=True, slots=True)
class GaussianRows(Scorer):
    r"""The log density of rows with Gaussian columns, for many features of each row.

    .. math:: -2 \log p(x | h) = \sum_j \left[(a_j - w_j^T h)^2 + \log 2\pi\sigma_j^2\right], \qquad
        \sum_j (a_j - w_j^T h)^2 = r + 2 g^T (h - m) + (h - m)^T G (h - m)

    over the observed columns, with :math:`G = \sum_j w_j w_j^T`. `GaussianColumns` computes the sums over
    columns once for each row, in double precision; a draw then takes F^2 operations in place of C F. The
    center m is near the minimum, so that no large numbers cancel.

    Shapes:
        square: (B, F, F), G. center: (B, F), m. slope: (B, F), g. rest: (B,), the terms without h.

    Arguments:
        features: from content and style, (S, B, D), to h, (S, B, F).
        square, center, slope, rest: of each row.
    """

    features: Callable[[Tensor], Tensor]
    square: Tensor
    center: Tensor
    slope: Tensor
    rest: Tensor

    def __call__(self, content: Tensor, style: Tensor) -> Tensor:
        """Return the log density, (S, B)."""
        away = (self.features(torch.cat([content, style], dim=-1)) - self.center).transpose(0, 1)
        distance = torch.einsum("bsf,bsf->sb", away @ self.square, away)
        distance = distance + 2 * torch.einsum("bsf,bf->sb", away, self.slope)
        return -0.5 * (distance + self.rest)

    def select(self, rows: Tensor) -> "GaussianRows":
        """Return the density of some of the rows."""
        parts = (part[rows] for part in (self.square, self.center, self.slope, self.rest))
        return replace(self, **dict(zip(("square", "center", "slope", "rest"), parts, strict=True)))


@final
@dataclass(frozen=True, slots=True)
class GaussianColumns:
    """Columns with Gaussian densities whose means are linear in features; called with rows.

    The sum over all columns is computed once for all rows. Few cells of a row are missing, so that these
    are subtracted.

    Shapes:
        weight: (C, F), w. offset, scale: (C,). whole: (F, F), G of a row without missing cells.

    Arguments:
        features: from content and style, (S, B, D), to h, (S, B, F).
        weight: of the features, in units of sigma, in double precision.
        offset: mean of each column where h is 0.
        scale: standard deviation sigma of each column.
        whole: in double precision.
    """

    features: Callable[[Tensor], Tensor]
    weight: Tensor
    offset: Tensor
    scale: Tensor
    whole: Tensor

    @classmethod
    def of(
        cls, features: Callable[[Tensor], Tensor], weight: Tensor, offset: Tensor, scale: Tensor
    ) -> "GaussianColumns":
        """Return the columns; arguments are those of the class, ``weight`` in any precision."""
        weight = weight.double()
        return cls(features, weight, offset, scale, weight.T @ weight)

    def __call__(self, x: Tensor) -> GaussianRows:
        """Return the log density of rows, (B, C), NaN where a cell is missing."""
        residual = ((x - self.offset) / self.scale).double()
        missing = residual.isnan()
        known = residual.masked_fill(missing, 0.0)
        square, cross = self._square(missing), known @ self.weight
        center = _solved(square, cross)
        reached = torch.einsum("bfg,bg->bf", square, center)
        least = known.square().sum(1) + (center * (reached - 2 * cross)).sum(1)
        constant = (~missing).double() @ (2 * self.scale.double().log() + math.log(2 * math.pi))
        parts = square, center, reached - cross, least + constant
        return GaussianRows(self.features, *(part.to(self.scale.dtype) for part in parts))

    def _square(self, missing: Tensor) -> Tensor:
        """Return G of each row, (B, F, F)."""
        lost = (self.weight[cells] for cells in missing)
        return torch.stack([self.whole - weight.T @ weight for weight in lost])


def _solved(square: Tensor, cross: Tensor) -> Tensor:
    """Return the features with the largest density, (B, F); damped, as a row may have few cells."""
    damping = 1e-6 * square.diagonal(dim1=1, dim2=2).mean(1) + 1e-12
    unit = torch.eye(square.shape[-1], dtype=square.dtype, device=square.device)
    center: Tensor = torch.linalg.solve(square + damping[:, None, None] * unit, cross)
    return center
