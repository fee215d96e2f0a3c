"""The likelihood of one row for many draws of the latent variables."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Self, final

import torch
from torch import Tensor

from mmcore.modality import Scorer

__all__ = ["GaussianRows"]


@final
@dataclass(frozen=True, slots=True)
class GaussianRows(Scorer):
    r"""The log density of rows with Gaussian columns, for many features of each row.

    .. math:: -2 \log p(x | h) = \sum_j \left[(a_j - w_j^T h)^2 + \log 2\pi\sigma_j^2\right], \qquad
        \sum_j (a_j - w_j^T h)^2 = r + 2 g^T (h - m) + (h - m)^T G (h - m)

    over the observed columns, with :math:`G = \sum_j w_j w_j^T`. The sums over columns are computed once
    for each row, in double precision; a draw then takes F^2 operations in place of C F. The center m is
    near the minimum, so that no large numbers cancel.

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

    @classmethod
    def of(
        cls,
        features: Callable[[Tensor], Tensor],
        weight: Tensor,
        residual: Tensor,
        scale: Tensor,
    ) -> Self:
        """Return the density of B rows.

        Shapes:
            weight: (C, F), w. residual: (B, C), a; NaN where a cell is missing. scale: (C,), sigma.

        Arguments:
            features: from content and style to h.
            weight: of the features, in units of sigma.
            residual: value minus offset, in units of sigma.
            scale: standard deviation of each column.
        """
        kind, weight, residual = weight.dtype, weight.double(), residual.double()
        missing = residual.isnan()
        known, whole = residual.masked_fill(missing, 0.0), weight.T @ weight
        # Few cells are missing, so that these are subtracted.
        square = torch.stack([whole - weight[rows].T @ weight[rows] for rows in missing])
        cross = known @ weight
        damping = 1e-6 * square.diagonal(dim1=1, dim2=2).mean(1) + 1e-12
        damped = square + damping[:, None, None] * torch.eye(len(whole), device=whole.device)
        center = torch.linalg.solve(damped, cross)
        reached = torch.einsum("bfg,bg->bf", square, center)
        least = known.square().sum(1) + (center * (reached - 2 * cross)).sum(1)
        constant = (~missing).double() @ (2 * scale.double().log() + math.log(2 * math.pi))
        parts = square, center, reached - cross, least + constant
        return cls(features, *(part.to(kind) for part in parts))

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
