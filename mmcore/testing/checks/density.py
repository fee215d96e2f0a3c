"""Sums and integrals of the likelihood of one latent value, as far as its event allows them."""

from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.distributions import Distribution, constraints

from mmcore.modality import Modality
from mmcore.testing.check import NotApplicable
from mmcore.testing.checks.cases import CONTENT, STYLE
from mmcore.testing.checks.tools import seeded

__all__ = ["Density", "Total", "likelihood_of", "log_total", "support_of"]

FEW_VALUES = 4096
"""Most values of an event for a sum over all of them."""
FEW_NUMBERS = 64
"""Most numbers of an event for a fine grid of an integral."""
BUDGET = 20_000_000
"""Most numbers of a value at which a density is computed; of larger values, some numbers are chosen."""
PAIRS = 16


@dataclass(frozen=True, slots=True)
class Total:
    """The log of a sum or integral of a density, and how far from 0 it may be."""

    log: float
    tolerance: float


@dataclass(frozen=True, slots=True)
class Density:
    """log p(x | z) for one latent value z and any number of values x.

    Arguments:
        modality: its decoder gives the likelihood.
    """

    modality: Modality
    _decoded: dict[int, Distribution] = field(default_factory=dict)

    def rows(self, count: int) -> Distribution:
        """Return the likelihood of the latent value, repeated."""
        if count not in self._decoded:
            self._decoded[count] = likelihood_of(self.modality, count, same=True)
        return self._decoded[count]

    @property
    def one(self) -> Distribution:
        """The likelihood of a batch of one row."""
        return self.rows(1)

    @property
    def support(self) -> constraints.Constraint:
        """The support of one number of an event; `NotApplicable` where numbers are not free."""
        support = support_of(self.one)
        if support.event_dim:
            raise NotApplicable("the numbers of an event are constrained together")
        return support

    def log_prob(self, x: Tensor) -> Tensor:
        """Return the log density of values, (N, *E)."""
        return self.rows(len(x)).log_prob(x).double()

    def draws(self, count: int) -> Tensor:
        """Return values, (N, *E)."""
        return self.one.sample(torch.Size((count,))).squeeze(1)

    def center(self) -> Tensor:
        """Return the mode, (1, *E), or a draw where the likelihood has none."""
        try:
            return self.one.mode
        except (NotImplementedError, AttributeError):
            return self.one.sample()


def likelihood_of(
    modality: Modality, rows: int, style_dim: int = STYLE, *, same: bool = False
) -> Distribution:
    """Return the likelihood of latent values drawn from N(0, I), without gradients.

    Arguments:
        modality: it decodes.
        rows: number of rows.
        style_dim: size of its subspace.
        same: whether all rows have the same latent value.
    """
    drawn = 1 if same else rows
    content, style = seeded(torch.randn, drawn, CONTENT), torch.randn(drawn, style_dim)
    with torch.no_grad():
        return modality.decode(content.expand(rows, -1), style.expand(rows, -1))


def support_of(likelihood: Distribution) -> constraints.Constraint:
    """Return the support: of one number where numbers are free of one another, else of an event.

    Raises:
        NotApplicable: it declares none, or one that depends on other numbers.
    """
    try:
        support = likelihood.support
    except (NotImplementedError, AttributeError):
        support = None
    if support is None:
        raise NotApplicable("its likelihood does not declare its support")
    if constraints.is_dependent(support):
        raise NotApplicable("the support of a number depends on the numbers before it")
    while isinstance(support, constraints.independent):
        support = support.base_constraint
    declared: constraints.Constraint = support
    return declared


def log_total(density: Density) -> Total | None:
    """Return the total over all values of an event, or None where that cannot be computed.

    All values are summed over where they are few. Where the numbers of an event are independent the
    total is the product of the totals of each number with the others held fixed.
    """
    values = _all_values(density)
    if values is not None:
        return Total(float(torch.logsumexp(density.log_prob(values), 0)), 1e-3)
    return _total_by_number(density) if _is_factorized(density) else None


def _all_values(density: Density) -> Tensor | None:
    if density.one.has_enumerate_support:
        values: Tensor = density.one.enumerate_support().squeeze(1)
        return values if values.numel() <= BUDGET else None
    try:
        support = density.support
    except NotApplicable:
        return None
    shape = torch.Size(density.one.event_shape)
    if not support.is_discrete:
        return None
    single = _whole_numbers(support)
    if len(single) ** shape.numel() > FEW_VALUES:
        return None
    grid = torch.cartesian_prod(*[single] * shape.numel())
    return grid.reshape(-1, *shape).to(density.center().dtype)


def _is_factorized(density: Density) -> bool:
    """Return whether log p(x) + log p(y) stays the same when x and y exchange numbers."""
    try:
        density.support  # noqa: B018 - whether numbers are free of one another
    except NotApplicable:
        return False
    x, y = density.draws(PAIRS), density.draws(PAIRS)
    mask = torch.rand(x.shape) < 0.5
    apart = density.log_prob(x) + density.log_prob(y)
    mixed = density.log_prob(x.where(mask, y)) + density.log_prob(y.where(mask, x))
    return bool(((apart - mixed).abs() <= 1e-5 * (1 + apart.abs())).all())


def _total_by_number(density: Density) -> Total | None:
    center = density.center()
    size = center.numel()
    points = _points(density, center.flatten()[0], size)
    if points is None:
        return None
    most = max(FEW_NUMBERS // 2, BUDGET // (len(points[0]) * size))
    chosen = torch.randperm(size)[:most]
    peak = float(density.log_prob(center))
    # log p(x) = sum_e (log p(x) - log Z_e), Z_e the total over x_e with the others held fixed
    parts = peak - torch.stack([_log_total_of(density, center, int(n)) for n in chosen])
    left_out = 1 - len(chosen) / size
    spread = float(parts.std()) if left_out else 0.0
    error = size * spread * (left_out / len(chosen)) ** 0.5
    coarse = size > FEW_NUMBERS and not density.support.is_discrete
    return Total(peak - size * float(parts.mean()), 1e-2 + 6 * error + 1e-4 * size * coarse)


def _log_total_of(density: Density, center: Tensor, number: int) -> Tensor:
    grid = _points(density, center.flatten()[number], center.numel())
    assert grid is not None, "as for the first number"
    points, weights = grid
    x = center.flatten(1).repeat(len(points), 1)
    x[:, number] = points.to(x.dtype)
    log_prob = density.log_prob(x.reshape(-1, *center.shape[1:]))
    return torch.logsumexp(log_prob + weights.log(), 0)


def _points(density: Density, center: Tensor, size: int) -> tuple[Tensor, Tensor] | None:
    """Return points of the support of one number and their weights in the sum or integral."""
    support = density.support
    if support.is_discrete:
        points = _whole_numbers(support)
        return points, torch.ones_like(points)
    if size <= FEW_NUMBERS:
        # x = center + sinh(u) / 2: as fine as 1e-3 near the center, and out to a thousand
        u = torch.linspace(-7.6, 7.6, 16001, dtype=torch.float64)
        points, weights = center.double() + torch.sinh(u) / 2, torch.cosh(u) / 2 * (u[1] - u[0])
        inside = support.check(points)
        return points[inside], weights[inside]
    if support is constraints.real:
        u = torch.linspace(-8, 8, 257, dtype=torch.float64)
        return center.double() + torch.sinh(u) / 4, torch.cosh(u) / 4 * _simpson(u)
    if isinstance(support, constraints.interval):
        low, high = float(support.lower_bound), float(support.upper_bound)
        # Off the ends, where a density may be infinite.
        points = low + (high - low) * (torch.arange(256, dtype=torch.float64) + 0.5) / 256
        return points, torch.full_like(points, (high - low) / 256)
    return None


def _simpson(u: Tensor) -> Tensor:
    """Return the weights of Simpson's rule on both sides of the middle, where there may be a kink."""
    weights = torch.full_like(u, 2.0)
    weights[1::2] = 4.0
    weights[[0, -1]] = 1.0
    return weights * (u[1] - u[0]) / 3


def _whole_numbers(support: constraints.Constraint) -> Tensor:
    points = torch.arange(1024, dtype=torch.float64)
    return points[support.check(points)]
