"""Expectations over a latent density by importance sampling, to compare draws and density."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from mmcore.testing.check import require

__all__ = ["Weighted", "require_draws_follow", "require_mean", "require_normalized"]

CENTERS, POINTS = 128, 4096
LogProb = Callable[[Tensor], Tensor]


@dataclass(frozen=True, slots=True)
class Weighted:
    """Points of a proposal that covers a density, and their weights p / q.

    Shapes:
        points: (N, D).
        weights: (N,).
    """

    points: Tensor
    weights: Tensor

    @classmethod
    def around(cls, draws: Tensor, log_prob: LogProb) -> "Weighted":
        """Return points drawn from kernels of two widths around ``draws``, (K, D).

        Arguments:
            draws: draws of the density, (K, D).
            log_prob: from (N, D) to the log density, (N,).
        """
        centers = draws[:CENTERS].detach().double()
        width = (centers.quantile(0.75, 0) - centers.quantile(0.25, 0)).clamp_min(1e-3)
        scale = torch.stack([0.3 * width, 2.0 * width])
        kernel, center = torch.randint(2, (POINTS,)), torch.randint(len(centers), (POINTS,))
        points = centers[center] + scale[kernel] * torch.randn(POINTS, centers.shape[1]).double()
        log_kernels = [
            _log_kernel(points / width, centers / width) - width.log().sum() for width in scale
        ]
        log_proposal = torch.cat(log_kernels, 1).logsumexp(1) - math.log(2 * len(centers))
        log_density = log_prob(points).detach().double()
        shape = tuple(log_density.shape)
        require(shape == (POINTS,), f"log_prob of {POINTS} points has shape {shape}")
        return cls(points, (log_density - log_proposal).exp())

    def mean(self, values: Tensor) -> tuple[Tensor, Tensor]:
        """Return the mean of values, (N, F), under the density, and its standard error, (F,)."""
        share = (self.weights / self.weights.sum()).unsqueeze(1)
        mean = (share * values).sum(0)
        return mean, (share**2 * (values - mean) ** 2).sum(0).sqrt()


def _log_kernel(points: Tensor, centers: Tensor) -> Tensor:
    """Return the log density of N(center, I) at each point, (N, K)."""
    return -0.5 * (torch.cdist(points, centers) ** 2 + points.shape[1] * math.log(2 * math.pi))


def require_normalized(weighted: Weighted) -> None:
    """Require that the weights have mean one: the density integrates to one."""
    total = float(weighted.weights.mean())
    error = float(weighted.weights.std()) / POINTS**0.5
    require(abs(total - 1) < 6 * error + 1e-3, f"the integral is {total:.4g} ± {error:.2g}")


def require_draws_follow(weighted: Weighted, draws: Tensor) -> None:
    """Require that draws, (K, D), have the bounded moments of the density."""
    draws = draws.detach().double()
    center = draws.median(0).values
    scale = (draws - center).abs().median(0).values.clamp_min(1e-6) * 1.5

    def moments(z: Tensor) -> Tensor:
        bounded = torch.tanh((z - center) / scale)
        pairs = torch.einsum("nd,ne->nde", bounded, bounded).flatten(1)
        return torch.cat([bounded, pairs], 1)

    wanted, uncertain = weighted.mean(moments(weighted.points))
    measured = moments(draws)
    error = (uncertain**2 + measured.var(0) / len(measured)).sqrt() + 1e-6
    off = float(((measured.mean(0) - wanted).abs() / error).max())
    require(off < 6, f"moments of the draws are off by {off:.3g} standard errors")


def require_mean(weighted: Weighted, mean: Tensor, tolerance: float = 0.0) -> None:
    """Require that ``mean``, (D,), is that of the density."""
    wanted, error = weighted.mean(weighted.points)
    off = float(((mean.detach().double() - wanted).abs() / (error + tolerance + 1e-6)).max())
    require(
        off < 6, f"the mean is off by {off:.3g} standard errors of an estimate from the density"
    )
