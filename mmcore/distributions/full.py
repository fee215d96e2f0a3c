"""A Gaussian with a full covariance, and the evidence that such Gaussians are products of."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from mmcore.distributions.latent import Gaussian, LatentDistribution
from mmcore.noise import Noise

__all__ = ["Evidence", "FullGaussian", "full_gaussian_kl"]

ROUNDING = 1e-5
"""Relative; float32 has a rounding error of 1e-7 in each of up to 64 terms."""


@dataclass(frozen=True, slots=True)
class Evidence:
    r"""A Gaussian function of the content, :math:`\exp(h^\top c - \tfrac12 c^\top \Lambda c)`.

    Products of such functions add up; one of them may have no information about some directions.

    Shapes:
        potential: h, (B, D). precision: Lambda, (B, D, D), positive semi-definite.
    """

    potential: Tensor
    precision: Tensor

    @classmethod
    def of(cls, q: Gaussian) -> "Evidence":
        """Return a diagonal Gaussian, (B, D), as a function of its argument."""
        precision = torch.exp(-q.logvar)
        return cls(q.loc * precision, torch.diag_embed(precision))

    def where(self, mask: Tensor) -> "Evidence":
        """Return the rows that ``mask``, (B,), selects, with no evidence in the others."""
        absent = ~mask.unsqueeze(-1)
        return Evidence(
            self.potential.masked_fill(absent, 0.0),
            self.precision.masked_fill(absent.unsqueeze(-1), 0.0),
        )

    def __add__(self, other: "Evidence") -> "Evidence":
        return Evidence(self.potential + other.potential, self.precision + other.precision)


@dataclass(frozen=True, slots=True)
class FullGaussian(LatentDistribution):
    r"""A Gaussian with precision matrix :math:`L L^\top`.

    Shapes:
        loc: (B, D). root: L, (B, D, D), lower triangular.
    """

    loc: Tensor
    root: Tensor

    @classmethod
    def proportional_to(cls, evidence: Evidence) -> "FullGaussian":
        """Return the normalized evidence; NaN in a row whose precision is not positive definite.

        Rounding can make a precision of very different directions indefinite: a share of the diagonal that
        is larger than the rounding error is added.
        """
        diagonal = evidence.precision.diagonal(dim1=-2, dim2=-1)
        precision = evidence.precision + torch.diag_embed(ROUNDING * diagonal)
        root, failed = torch.linalg.cholesky_ex(precision)
        root = root.masked_fill((failed > 0).reshape(-1, 1, 1), torch.nan)
        loc = torch.cholesky_solve(evidence.potential.unsqueeze(-1), root).squeeze(-1)
        return cls(loc, root)

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return self.loc

    @property
    def stddev(self) -> Tensor:
        """The standard deviation of each dimension."""
        covariance = torch.cholesky_inverse(self.root)
        return covariance.diagonal(dim1=-2, dim2=-1).sqrt()

    def rsample(self, noise: Noise) -> Tensor:
        """Return one draw for every row."""
        eps = noise.normal("eps", self.loc.shape[-1]).to(self.loc.dtype).unsqueeze(-1)
        scaled: Tensor = torch.linalg.solve_triangular(self.root.mT, eps, upper=True)
        return self.loc + scaled.squeeze(-1)

    def log_prob(self, z: Tensor) -> Tensor:
        """Return the log density in nats, summed over D."""
        scaled = (self.root.mT @ (z - self.loc).unsqueeze(-1)).squeeze(-1)
        constant = self.loc.shape[-1] * math.log(2 * math.pi)
        return self._log_determinant() - 0.5 * ((scaled**2).sum(-1) + constant)

    def _log_determinant(self) -> Tensor:
        """Return log det L, half of that of the precision."""
        return self.root.diagonal(dim1=-2, dim2=-1).log().sum(-1)


def full_gaussian_kl(q: FullGaussian, p: Gaussian) -> Tensor:
    """Return KL(q || p), (B,) nats, for a diagonal Gaussian p of shape (D,)."""
    precision = torch.exp(-p.logvar)
    squared = (q.loc - p.loc) ** 2 + q.stddev**2
    rest = p.logvar.sum() - q.loc.shape[-1] + 2 * q._log_determinant()
    return 0.5 * ((squared * precision).sum(-1) + rest)
