"""Log-likelihoods as functions of draws of the latent variables."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import final

from torch import Tensor
from torch.distributions import Distribution

__all__ = ["DecodedScorer", "Scorer"]


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


@final
@dataclass(frozen=True, slots=True)
class DecodedScorer(Scorer):
    """The log density of values by decoding each draw.

    Arguments:
        decode: from content and style to the likelihood, see `Modality.decode`.
        x: prepared values, (B, *E).
    """

    decode: Callable[[Tensor, Tensor], Distribution]
    x: Tensor

    def __call__(self, content: Tensor, style: Tensor) -> Tensor:
        """Return the log density, (S, B) nats."""
        draws = len(content)
        likelihood = self.decode(content.flatten(0, 1), style.flatten(0, 1))
        repeated = self.x.repeat(draws, *[1] * (self.x.dim() - 1))
        log_p: Tensor = likelihood.log_prob(repeated)
        return log_p.reshape(draws, -1)

    def select(self, rows: Tensor) -> "DecodedScorer":
        """Return the log density of some of the values."""
        return DecodedScorer(self.decode, self.x[rows])
