"""The linear model of a row: evidence about the content, and the first parameters of the decoder."""

import math

import torch
from torch import Tensor, nn

from mmcore.distributions import Evidence
from mmcore.factors import Factors
from mmcore_table.layout import NUMERIC, Layout

LEAST_NOISE = 5e-4
"""Smallest variance of a standardized number; the factor analysis has 1e-3 at least."""
AT_ONCE = 1 << 24
"""Numbers of the outer products of loadings that are in memory at once."""


class LinearEvidence(nn.Module):
    r"""The evidence of a row in a linear-Gaussian model, :math:`\prod_j N(z_j; \mu_j + w_j^\top c, \psi_j)`.

    The product is over the observed cells.

    Shapes:
        z: (B, F), standardized numbers, NaN where missing.

    Arguments:
        features: number of numbers F.
        content_dim: size D of the content.
    """

    def __init__(self, features: int, content_dim: int) -> None:
        super().__init__()
        self.loadings = nn.Parameter(torch.zeros(features, content_dim))
        self.offset = nn.Parameter(torch.zeros(features))
        self.lognoise = nn.Parameter(torch.zeros(features))

    def start(self, factors: Factors) -> None:
        """Take the parameters of a linear model."""
        self.loadings.copy_(factors.loadings)
        self.offset.copy_(factors.offset)
        self.lognoise.copy_(factors.noise.log())

    def forward(self, z: Tensor) -> Evidence:
        """Return the evidence of each row."""
        seen = (~z.isnan()).to(self.loadings.dtype)
        lognoise = self.lognoise.clamp_min(math.log(LEAST_NOISE))
        scaled = self.loadings * torch.exp(-lognoise).unsqueeze(1)
        potential = ((z - self.offset).nan_to_num(nan=0.0) * seen) @ scaled
        return Evidence(potential, self._precision(seen, scaled))

    def _precision(self, seen: Tensor, scaled: Tensor) -> Tensor:
        rows, dims = len(seen), self.loadings.shape[1]
        if bool((seen == 1).all()):
            return (scaled.T @ self.loadings).expand(rows, dims, dims)
        step = max(1, AT_ONCE // dims**2)
        total = seen.new_zeros(rows, dims**2)
        for first in range(0, len(scaled), step):
            some = slice(first, first + step)
            outer = scaled[some].unsqueeze(2) * self.loadings[some].unsqueeze(1)
            total = total + seen[:, some] @ outer.flatten(1)
        return total.reshape(rows, dims, dims)


def linear_features(layout: Layout, x: Tensor) -> Tensor:
    """Return the numbers of a linear model, (B, F): numeric columns, then indicators of categories."""
    features = layout(x)
    numbers, flags = len(layout.numeric), features[:, -len(layout.columns) :] > 0
    owners = torch.cat([layout.numeric, layout.owner])
    out: Tensor = features[:, : numbers + len(layout.owner)]
    return out.masked_fill(~flags[:, owners], torch.nan)


def linear_values(layout: Layout, features: Tensor) -> Tensor:
    """Return the cells, (B, C), of linear features, (B, F), NaN for columns that are not real numbers."""
    out = features.new_full((len(features), len(layout.columns)), torch.nan)
    for kind in ("real", "student"):
        own, places = layout.of(kind), places_of(layout, kind)
        out[:, own] = features[:, places] * layout.scale[own] + layout.loc[own]
    return out


def places_of(layout: Layout, kind: str) -> Tensor:
    """Return which of the linear features are those of the columns of one kind."""
    if kind == "categorical":
        return len(layout.numeric) + torch.arange(len(layout.owner))
    own = layout.of(kind)
    return torch.isin(layout.of(*NUMERIC), own).nonzero().flatten()
