"""The interface of a prior that may depend on given values."""

from abc import abstractmethod

import torch
from torch import Tensor

from mmcore.noise import Noise
from mmcore.priors.base import Prior

__all__ = ["ConditionalPrior", "beside"]


class ConditionalPrior(Prior):
    """A prior p(z), or a density p(z | g) of G given values, where the context has a ``given_dim``.

    With G = 0 it is an ordinary prior, and ``given`` is left out.

    MUST: `sample`, `log_prob`, `fit`.

    Subclass requirements:
        - those of `Prior`, for each row of given values;
        - the draw and the density of a row depend on the given values of that row alone.
    """

    @abstractmethod
    def sample(self, noise: Noise, stream: str, *draws: int, given: Tensor | None = None) -> Tensor:
        """Return draws for each row of ``noise``, (B, *draws, D).

        Arguments:
            noise: source of the randomness.
            stream: name of the draw.
            draws: shape of the draws of a row.
            given: given values, (B, G).
        """

    @abstractmethod
    def log_prob(self, z: Tensor, given: Tensor | None = None) -> Tensor:
        """Return the log density in nats, (*S, B), of ``z``, (*S, B, D), given (B, G) values."""

    @abstractmethod
    def fit(self, draws: Tensor, held_out: Tensor, noise: Noise) -> None:
        """Fit the parameters to draws with the given values beside them, (N, D + G).

        Arguments:
            draws: N draws, and the values that are given with each.
            held_out: further ones, (H, D + G), for choices such as the number of steps.
            noise: source of the randomness.
        """


def beside(z: Tensor, given: Tensor | None) -> Tensor:
    """Return z, (*S, B, D), with the given values, (B, G), beside each row, (*S, B, D + G)."""
    if given is None:
        return z
    return torch.cat([z, given.expand(*z.shape[:-1], -1)], dim=-1)
