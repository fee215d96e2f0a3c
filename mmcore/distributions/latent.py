"""What every distribution over a latent variable can do."""

from abc import ABC, abstractmethod

from torch import Tensor

from mmcore.noise import Noise

__all__ = ["LatentDistribution"]


class LatentDistribution(ABC):
    """A batch of B distributions over a D-dimensional latent variable.

    MUST: `mean`, `rsample`, `log_prob`.
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
