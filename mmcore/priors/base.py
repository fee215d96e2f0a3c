"""The interface of a prior."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from mmcore.distributions import (
    FullGaussian,
    Gaussian,
    LatentDistribution,
    Mixture,
    full_gaussian_kl,
    gaussian_kl,
)
from mmcore.noise import Noise
from mmcore.priors.fitting import maximize_likelihood

__all__ = ["Prior"]

DRAWS = 4096


class Prior(nn.Module, ABC):
    """The distribution of a latent variable before anything is observed, p(z).

    One prior serves the content, one the style of each modality. Objectives, likelihoods and generation
    use a prior through this interface alone.

    MUST: `sample`, `log_prob`.

    MAY: `gaussian`, `mean`, `fit`, `portable_settings`.

    FOR SPEED: `gaussian_kl`, `stackable`.

    Subclass requirements:
        - rows are independent and identically distributed;
        - `log_prob` is the normalized density of what `sample` returns;
        - all randomness comes from ``noise``, and gradients flow through `log_prob` to the parameters.
    """

    # -- MUST ------------------------------------------------------------------------------------

    @abstractmethod
    def sample(self, noise: Noise, stream: str, *draws: int) -> Tensor:
        """Return draws for each row of ``noise``, (B, *draws, D); one, (B, D), by default.

        Arguments:
            noise: source of the randomness.
            stream: name of the draw; a prior that needs several streams uses ``noise.at(stream)``.
            draws: shape of the draws of a row.
        """

    @abstractmethod
    def log_prob(self, z: Tensor) -> Tensor:
        """Return the log density in nats, (*S, B), of ``z``, (*S, B, D)."""

    # -- MAY -------------------------------------------------------------------------------------

    def gaussian(self) -> Gaussian | None:
        """Return the prior as a Gaussian of shape (D,), or None, the default, if it is not one.

        A Gaussian prior can be an expert among those of the modalities, and has divergences in closed
        form.
        """
        return None

    @property
    def mean(self) -> Tensor:
        """The mean, (D,); the default is that of the Gaussian, else an estimate from draws."""
        gaussian = self.gaussian()
        if gaussian is not None:
            return gaussian.loc
        with torch.no_grad():
            return self.sample(Noise(DRAWS), "mean").mean(0)

    def fit(self, draws: Tensor, held_out: Tensor, noise: Noise) -> None:
        """Fit the parameters to draws of the latent variable, (N, D); the default maximizes the likelihood.

        The result is a function of the arguments. A prior without parameters stays as it is.

        Arguments:
            draws: N draws.
            held_out: further draws, (H, D), for choices such as the number of steps.
            noise: source of the randomness.
        """
        maximize_likelihood(self, self.log_prob, draws, held_out, noise)

    @property
    def portable_settings(self) -> Mapping[str, Any]:
        """Settings of a new prior that has the same parameters in the same shapes, after `fit`."""
        return {}

    # -- FOR SPEED -------------------------------------------------------------------------------

    stackable: ClassVar[bool] = False
    """Whether `gaussian_kl` depends on ``q`` alone, so that one call serves several modalities."""

    def gaussian_kl(self, q: Gaussian) -> Tensor:
        """Return KL(q || p), (..., B) nats, for a Gaussian ``q`` where the prior is Gaussian too."""
        p = self.gaussian()
        if p is None:
            raise TypeError(f"{type(self).__name__} is not Gaussian; use kl with a draw of q")
        return gaussian_kl(q, Gaussian(p.loc.expand_as(q.loc), p.logvar.expand_as(q.logvar)))

    # -- derived ---------------------------------------------------------------------------------

    def kl(self, q: LatentDistribution, z: Tensor) -> Tensor:
        r"""Return :math:`KL(q \| p)`, (..., B) nats: exact, bounded above, or estimated at ``z``.

        Exact for Gaussians. For a mixture and a Gaussian prior, convexity bounds it,
        :math:`KL(\sum_k w_k q_k \| p) \le \sum_k w_k KL(q_k \| p)`. Otherwise it is estimated with the
        one draw ``z``, (..., B, D), of ``q``.

        References:
            Sutter, Daunhawer, Vogt (2020), Eq. 6, for the mixture.
        """
        p = self.gaussian()
        if p is not None and isinstance(q, Gaussian):
            return self.gaussian_kl(q)
        if p is not None and isinstance(q, FullGaussian):
            return full_gaussian_kl(q, p)
        if p is not None and isinstance(q, Mixture):
            return (q.weights * self.gaussian_kl(q.components)).sum(0)
        return q.log_prob(z) - self.log_prob(z)
