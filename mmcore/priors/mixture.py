"""A mixture of Gaussians with full covariances, and its special case of one Gaussian."""

import math
import warnings
from collections.abc import Mapping
from typing import Any, final

import numpy as np
import torch
from torch import Tensor, nn

from mmcore.config.priors import MixturePriorSettings
from mmcore.noise import Noise, derived_seed
from mmcore.plugins import Context
from mmcore.priors.base import Prior

__all__ = ["MixturePrior", "gaussian", "mixture"]

CANDIDATES = (1, 2, 3, 5, 10, 20, 40)
UNFITTED = 10
"""Number of components before a fit chooses it."""
FLOOR = 1e-6
"""Added to the variances of a fit, plus its multiple by the largest, so that equal draws have a density."""


@final
class MixturePrior(Prior):
    r"""The mixture :math:`\sum_k w_k N(\mu_k, \Sigma_k)`.

    Its weights, means and factors are parameters: a method whose objective accepts any prior can train
    them with the model. `fit` sets them by expectation maximization.

    Arguments:
        dims: size D of the latent variable.
        components: number K of Gaussians; None: `fit` chooses the one with the highest density of
            held-out draws.

    Example:
        >>> from mmcore import Noise
        >>> MixturePrior(3, 2).sample(Noise(2), "content").shape
        torch.Size([2, 3])
    """

    logits: Tensor
    """Logarithms of the weights, up to a constant, (K,)."""
    loc: nn.Parameter
    """Means, (K, D)."""
    factor: nn.Parameter
    r"""Lower triangular P with :math:`\Sigma^{-1} = P^T P`, (K, D, D); the diagonal as logarithms."""

    def __init__(self, dims: int, components: int | None = None) -> None:
        super().__init__()
        self._wanted = components
        k = components or UNFITTED
        loc = torch.zeros(1, dims) if k == 1 else torch.randn(k, dims)
        self._set(torch.zeros(k), loc, torch.zeros(k, dims, dims))

    def sample(self, noise: Noise, stream: str, *draws: int) -> Tensor:
        """Return draws, (B, *draws, D)."""
        own = noise.at(stream)
        cumulative = self.logits.softmax(0).cumsum(0)
        chosen = (own.uniform("component", *draws).unsqueeze(-1) >= cumulative[:-1]).sum(-1)
        eps = own.normal("eps", *draws, self.loc.shape[1]).unsqueeze(-1)
        scaled = torch.linalg.solve_triangular(self._triangular[chosen], eps, upper=False)
        draw: Tensor = self.loc[chosen] + scaled.squeeze(-1)
        return draw

    def log_prob(self, z: Tensor) -> Tensor:
        """Return the log density in nats."""
        white = torch.einsum("ked,...kd->...ke", self._triangular, z.unsqueeze(-2) - self.loc)
        volume = self.factor.diagonal(dim1=-2, dim2=-1).sum(-1)
        each = volume - 0.5 * (white**2 + math.log(2 * math.pi)).sum(-1)
        return torch.logsumexp(each + self.logits.log_softmax(0), dim=-1)

    @property
    def mean(self) -> Tensor:
        """The mean of the means, (D,)."""
        mean: Tensor = self.logits.softmax(0) @ self.loc
        return mean

    def fit(self, draws: Tensor, held_out: Tensor, noise: Noise) -> None:
        """Fit the mixture to draws; the number of components is chosen where it is not set."""
        rows, dims = draws.shape
        wanted = CANDIDATES if self._wanted is None else (self._wanted,)
        # A component needs more draws than dimensions; a single one is always possible.
        sizes = [k for k in wanted if k == 1 or k * (dims + 1) <= rows] or [1]
        seed = derived_seed("fit", noise.seed, noise.path) % 2**32
        best, reached = None, -math.inf
        for size in sizes:
            fit = _fitted(draws, size, seed)
            density = float(fit.score(held_out.double().numpy()))
            if best is not None and density <= reached:
                break  # more components take the longest, and suit the draws of the fit alone
            best, reached = fit, density
        assert best is not None, "there is a size"
        factor = np.swapaxes(best.precisions_cholesky_, 1, 2)
        diagonal = factor.diagonal(axis1=1, axis2=2)
        logs = np.tril(factor, -1) + np.log(diagonal)[:, None] * np.eye(dims)
        self._set(
            *(
                torch.as_tensor(x, dtype=draws.dtype)
                for x in (np.log(best.weights_), best.means_, logs)
            )
        )

    @property
    def portable_settings(self) -> Mapping[str, Any]:
        """The number of components, where `fit` has chosen another one."""
        return {} if len(self.loc) == self._wanted else {"components": len(self.loc)}

    @property
    def _triangular(self) -> Tensor:
        diagonal = self.factor.diagonal(dim1=-2, dim2=-1).exp()
        return self.factor.tril(-1) + torch.diag_embed(diagonal)

    def _set(self, logits: Tensor, loc: Tensor, factor: Tensor) -> None:
        for name in ("logits", "loc", "factor"):
            self._parameters.pop(name, None)
            self._buffers.pop(name, None)
        if len(loc) == 1:  # a single weight is 1
            self.register_buffer("logits", logits)
        else:
            self.logits = nn.Parameter(logits)
        self.loc, self.factor = nn.Parameter(loc), nn.Parameter(factor)


def mixture(settings: MixturePriorSettings, context: Context) -> MixturePrior:
    """Return a mixture over the content, or over the style of the modality ``context.name``."""
    return MixturePrior(context.own_dim, settings.components)


def gaussian(settings: object, context: Context) -> MixturePrior:
    """Return one Gaussian over the content, or over the style of the modality ``context.name``."""
    return MixturePrior(context.own_dim, 1)


def _fitted(draws: Tensor, size: int, seed: int) -> Any:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import GaussianMixture

    with warnings.catch_warnings():
        # Of two fits, the held-out density chooses; equal draws have fewer clusters than components.
        warnings.simplefilter("ignore", ConvergenceWarning)
        floor = FLOOR * (1 + float(draws.double().var(0).max()))
        model = GaussianMixture(size, reg_covar=floor, random_state=seed)
        return model.fit(draws.double().numpy())
