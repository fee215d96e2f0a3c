"""The interface of distributions over a latent variable."""

from abc import ABC, abstractmethod

import torch
from torch import Tensor

from mmcore.noise import Noise

__all__ = ["LatentDistribution"]

DRAWS = 256


class LatentDistribution(ABC):
    """A batch of B distributions over a D-dimensional latent variable.

    MUST: `mean`, `rsample`, `log_prob`.

    MAY: `stddev`.
    """

    __slots__ = ()

    @property
    @abstractmethod
    def mean(self) -> Tensor:
        """The mean, (B, D)."""

    @abstractmethod
    def rsample(self, noise: Noise) -> Tensor:
        """Return one draw for every row, (B, D), through which gradients flow."""

    @abstractmethod
    def log_prob(self, z: Tensor) -> Tensor:
        """Return the log density in nats, (*S, B), of ``z``, (*S, B, D)."""

    @property
    def stddev(self) -> Tensor:
        """The standard deviation of each dimension, (B, D); the default estimates it from draws."""
        rows = len(self.mean)
        draws = [self.rsample(Noise(rows, step=i, device=self.mean.device)) for i in range(DRAWS)]
        return torch.stack(draws).std(0)
