"""The standard normal prior."""

import math

import torch
from pydantic import BaseModel
from torch import Tensor

from mmcore.distributions import Gaussian, gaussian_kl
from mmcore.noise import Noise
from mmcore.plugins import Context
from mmcore.priors.base import Prior

__all__ = ["StandardPrior", "standard"]


class StandardPrior(Prior):
    """N(0, I).

    Arguments:
        dims: size D of the latent variable.

    Example:
        >>> from mmcore import Noise
        >>> StandardPrior(3).sample(Noise(2), "content").shape
        torch.Size([2, 3])
    """

    zeros: Tensor
    stackable = True

    def __init__(self, dims: int) -> None:
        super().__init__()
        self.register_buffer("zeros", torch.zeros(dims), persistent=False)

    def sample(self, noise: Noise, stream: str, *draws: int) -> Tensor:
        """Return standard normal draws, (B, *draws, D)."""
        return noise.normal(stream, *draws, len(self.zeros))

    def log_prob(self, z: Tensor) -> Tensor:
        """Return the log density in nats."""
        return -0.5 * (z**2 + math.log(2 * math.pi)).sum(-1)

    def gaussian(self) -> Gaussian:
        """Return zero mean and zero log-variance, (D,) each."""
        return Gaussian(self.zeros, self.zeros)

    def gaussian_kl(self, q: Gaussian) -> Tensor:
        """Return the divergence in closed form, whose gradient takes fewer operations."""
        return gaussian_kl(q)


def standard(settings: BaseModel, context: Context) -> StandardPrior:
    """Return N(0, I) over the content, or over the style of the modality ``context.name``."""
    return StandardPrior(context.own_dim)
