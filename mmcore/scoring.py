"""The interface of log-likelihoods as functions of draws of the latent variables."""

from abc import ABC, abstractmethod

from torch import Tensor

__all__ = ["Scorer"]


class Scorer(ABC):
    """log p(x | c, s) of B values as a function of draws of content and style.

    MUST: `__call__`, `select`.
    """

    __slots__ = ()

    @abstractmethod
    def __call__(self, content: Tensor, style: Tensor) -> Tensor:
        """Return the log density, (S, B) nats, for ``content``, (S, B, D), and ``style``, (S, B, D_m)."""

    @abstractmethod
    def select(self, rows: Tensor) -> "Scorer":
        """Return the log density of the values that the mask ``rows``, (B,), selects."""
