"""The columns of a table by kind, as tensors: no operation loops over columns."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from mmcore_table.settings import Column

NUMERIC = ("real", "student", "count", "zero-inflated", "binary", "ordered")
"""Kinds of columns that are one standardized number in the input of the encoder."""


class Layout(nn.Module):
    """The indices of the columns of each kind, and the features of cells.

    Shapes:
        x: (B, C), NaN where a cell is missing.
        features: (B, F), a standardized number for each numeric column, a one-hot vector for each
        categorical column, both 0 where the cell is missing, and C flags of the observed cells.
    """

    loc: Tensor
    scale: Tensor
    is_count: Tensor
    fixed: Tensor
    numeric: Tensor
    owner: Tensor
    code: Tensor

    def __init__(self, columns: Sequence[Column]) -> None:
        super().__init__()
        self.columns = tuple(columns)
        kind = torch.get_default_dtype()
        self._keep("loc", torch.tensor([c.loc for c in columns], dtype=kind))
        self._keep("scale", torch.tensor([c.scale for c in columns], dtype=kind))
        counts = [c.kind in ("count", "zero-inflated") for c in columns]
        self._keep("is_count", torch.tensor(counts))
        fixed = [c.loc if c.is_constant else torch.nan for c in columns]
        self._keep("fixed", torch.tensor(fixed, dtype=kind))
        self.has_fixed = any(c.is_constant for c in columns)
        self._keep("numeric", self.of(*NUMERIC))
        owner = [i for i, c in enumerate(columns) if c.kind == "categorical" for _ in c.categories]
        code = [k for c in columns if c.kind == "categorical" for k in range(len(c.categories))]
        self._keep("owner", torch.tensor(owner, dtype=torch.long))
        self._keep("code", torch.tensor(code, dtype=kind))

    def of(self, *kinds: str) -> Tensor:
        """Return the indices of the columns of some kinds."""
        places = [i for i, column in enumerate(self.columns) if column.kind in kinds]
        return torch.tensor(places, dtype=torch.long)

    def sizes(self, *kinds: str) -> list[int]:
        """Return the numbers of categories of the columns of some kinds."""
        return [len(column.categories) for column in self.columns if column.kind in kinds]

    @property
    def features(self) -> int:
        """The number of features F."""
        return len(self.numeric) + len(self.owner) + len(self.columns)

    def forward(self, x: Tensor, hide: float = 0.0) -> Tensor:
        """Return the features; a random share ``hide`` of the cells counts as missing."""
        seen = ~x.isnan()
        if hide:
            seen = seen & (torch.rand_like(x) >= hide)
        observed = seen.to(self.loc.dtype)
        x = x.nan_to_num(nan=0.0)
        scaled = (torch.where(self.is_count, x.clamp_min(0).log1p(), x) - self.loc) / self.scale
        # Without a limit, an outlier would dominate the other columns.
        numbers = (scaled.clamp(-10, 10) * observed)[:, self.numeric]
        one_hot = (x[:, self.owner] == self.code) * observed[:, self.owner]
        return torch.cat([numbers, one_hot, observed], dim=1)

    def _keep(self, name: str, value: Tensor) -> None:
        self.register_buffer(name, value, persistent=False)
