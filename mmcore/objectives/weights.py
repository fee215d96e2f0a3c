"""What the terms of a loss are multiplied with."""

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["TermWeights"]


@dataclass(frozen=True, slots=True)
class TermWeights:
    """What the terms of a loss are multiplied with.

    Arguments:
        beta: every divergence.
        style: by modality, its style's divergence, on top of beta.
        likelihood: by modality, its negative log-likelihood.
    """

    beta: float
    style: Mapping[str, float]
    likelihood: Mapping[str, float]

    @property
    def are_one(self) -> bool:
        """Whether all are 1, so that a bound stays a bound."""
        return all(w == 1 for w in (self.beta, *self.style.values(), *self.likelihood.values()))
