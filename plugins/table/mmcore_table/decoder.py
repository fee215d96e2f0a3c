"""The decoder: from hidden features to the likelihood of a row."""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn
from torch.distributions import Bernoulli, Categorical, Normal, StudentT
from torch.nn.functional import softplus

from mmcore_table.counts import NegativeBinomial, ZeroInflated
from mmcore_table.layout import Layout
from mmcore_table.likelihood import Group, RowLikelihood
from mmcore_table.ordered import Ordered
from mmcore_table.scoring import GaussianColumns

LEAST_SCALE = 0.05
"""Smallest standard deviation of a real column, relative to its data. Without it, the density of a
column that others determine exactly would be infinite."""
HIGHEST_LOG_MEAN = 25.0


class RowDecoder(nn.Module):
    """Heads for each kind of column. Means depend on the row; scales are parameters of the column.

    The heads add a linear function of the content, ``skip``, which is 0 until
    `mmcore_table.starting.start_decoder` sets it.

    Arguments:
        layout: the columns.
        features: number of inputs of the heads.
        content_dim: size D of the content; 0 for heads without a linear function of it.

    Shapes:
        features: (B, features). content: (B, D). returns: a likelihood of batch shape (B,) and event
        shape (C,).
    """

    skip: nn.Parameter | None
    noise_factor: Tensor

    def __init__(self, layout: Layout, features: int, content_dim: int) -> None:
        super().__init__()
        self.layout = layout
        self._places = {
            kind: layout.of(kind)
            for kind in (
                "real",
                "student",
                "count",
                "zero-inflated",
                "binary",
                "categorical",
                "ordered",
            )
        }
        for kind, places in self._places.items():
            self.register_buffer(f"places {kind}", places, persistent=False)
        sizes = layout.sizes("categorical")
        self._widths = {kind: len(places) for kind, places in self._places.items()}
        self._widths["categorical"] = sum(sizes)
        self._widths["extra zeros"] = self._widths["zero-inflated"]
        self.register_buffer("slots", _slots(sizes), persistent=False)
        self.linear = nn.Linear(features, sum(self._widths.values()))
        skip = nn.Parameter(torch.zeros(sum(self._widths.values()), content_dim))
        self.register_parameter("skip", skip if content_dim else None)
        self.register_buffer("noise_factor", torch.ones(()))
        self.spread = nn.Parameter(torch.zeros(self._widths["real"] + self._widths["student"]))
        self.freedom = nn.Parameter(torch.full((self._widths["student"],), 2.0))
        inflated = self._widths["count"] + self._widths["zero-inflated"]
        self.dispersion = nn.Parameter(torch.full((inflated,), 1.0))
        steps = max([k - 1 for k in layout.sizes("ordered")], default=0)
        self.steps = nn.Parameter(torch.ones(self._widths["ordered"], steps))
        self.register_buffer("beyond", _beyond(layout.sizes("ordered"), steps), persistent=False)

    @property
    def widths(self) -> Mapping[str, int]:
        """The number of heads of each kind, in the order of the heads."""
        return self._widths

    def forward(self, features: Tensor, content: Tensor) -> RowLikelihood:
        """Return the likelihood."""
        out = self.linear(features)
        out = out if out.dtype.itemsize > 2 else out.float()
        if self.skip is not None:
            with torch.autocast(out.device.type, enabled=False):
                out = out + content.to(self.skip.dtype) @ self.skip.T
        parts = dict(zip(self._widths, out.split(list(self._widths.values()), -1), strict=True))
        factories = {
            "real": self._real,
            "student": self._student,
            "count": self._count,
            "zero-inflated": self._zero_inflated,
            "binary": lambda parts: Bernoulli(logits=parts["binary"], validate_args=False),
            "categorical": self._categorical,
            "ordered": lambda parts: Ordered(parts["ordered"], self._cuts()),
        }
        groups = [
            Group(self._at(kind), make(parts), filler=1.0 if kind == "count" else 0.0)
            for kind, make in factories.items()
            if self._widths[kind]
        ]
        fixed = self.layout.fixed if self.layout.has_fixed else None
        return RowLikelihood(groups, out.shape[0], len(self.layout.columns), fixed)

    @property
    def is_gaussian(self) -> bool:
        """Whether all columns are real."""
        return self._widths["real"] == len(self.layout.columns)

    def gaussian_columns(self, features: Callable[[Tensor], Tensor]) -> GaussianColumns:
        """Return the log density of real columns; ``features`` are those of `forward`."""
        scale = self._scale("real")
        gain = self.layout.scale / scale
        offset = self.layout.loc + self.layout.scale * self.linear.bias
        weight = self.linear.weight * gain.unsqueeze(1)
        return GaussianColumns.of(features, weight, offset, scale)

    def _at(self, kind: str) -> Tensor:
        return self.get_buffer(f"places {kind}")

    def _scaled(self, kind: str, part: Tensor) -> Tensor:
        places = self._at(kind)
        return self.layout.loc[places] + self.layout.scale[places] * part

    def _scale(self, kind: str) -> Tensor:
        spread = self.spread.split([self._widths["real"], self._widths["student"]])
        own = spread[0] if kind == "real" else spread[1]
        # softplus(0.54) = 1: at first each column has the standard deviation of its data.
        scale = LEAST_SCALE + softplus(own + 0.54)
        return self.layout.scale[self._at(kind)] * scale * self.noise_factor

    def _real(self, parts: dict[str, Tensor]) -> Normal:
        loc = self._scaled("real", parts["real"])
        return Normal(loc, self._scale("real").expand_as(loc), validate_args=False)

    def _student(self, parts: dict[str, Tensor]) -> StudentT:
        loc = self._scaled("student", parts["student"])
        # With more than two degrees of freedom the variance is finite.
        freedom = (2.1 + softplus(self.freedom)).expand_as(loc)
        return StudentT(freedom, loc, self._scale("student").expand_as(loc), validate_args=False)

    def _means(self, kind: str, part: Tensor) -> Tensor:
        return self._scaled(kind, part).clamp(-HIGHEST_LOG_MEAN, HIGHEST_LOG_MEAN).exp()

    def _dispersion(self, kind: str) -> Tensor:
        split = self.dispersion.split([self._widths["count"], self._widths["zero-inflated"]])
        # The variance is mu + mu^2 / r: the factor is that of the second part.
        own = softplus(split[0] if kind == "count" else split[1]) + 1e-3
        return own / self.noise_factor**2

    def _count(self, parts: dict[str, Tensor]) -> NegativeBinomial:
        return NegativeBinomial(self._means("count", parts["count"]), self._dispersion("count"))

    def _zero_inflated(self, parts: dict[str, Tensor]) -> ZeroInflated:
        mean = self._means("zero-inflated", parts["zero-inflated"])
        return ZeroInflated(
            NegativeBinomial(mean, self._dispersion("zero-inflated")), parts["extra zeros"]
        )

    def _categorical(self, parts: dict[str, Tensor]) -> Categorical:
        logits = parts["categorical"]
        nothing = torch.full_like(logits[:, :1], -torch.inf)
        padded = torch.cat([logits, nothing], dim=1)[:, self.get_buffer("slots")]
        return Categorical(logits=padded, validate_args=False)

    def _cuts(self) -> Tensor:
        """Return ascending cut points, (G, K - 1), infinite beyond the categories of a column."""
        cuts = (softplus(self.steps) + 1e-3).cumsum(1) - softplus(self.steps).sum(
            1, keepdim=True
        ) / 2
        return cuts.masked_fill(self.get_buffer("beyond"), torch.inf)


def _slots(sizes: list[int]) -> Tensor:
    """Return the index of each logit of each column, (G, K); one more than the last is padding."""
    slots = torch.full((len(sizes), max(sizes, default=0)), sum(sizes), dtype=torch.long)
    start = 0
    for row, size in enumerate(sizes):
        slots[row, :size] = torch.arange(start, start + size)
        start += size
    return slots


def _beyond(sizes: list[int], steps: int) -> Tensor:
    own = torch.tensor([size - 1 for size in sizes], dtype=torch.long)
    return torch.arange(steps) >= own.unsqueeze(1)
