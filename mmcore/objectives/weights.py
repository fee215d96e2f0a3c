"""The factors of the terms of a loss."""

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["TermWeights"]


@dataclass(frozen=True, slots=True)
class TermWeights:
    """What the terms of a loss are multiplied with.

    Arguments:
        beta: factor of every divergence.
        style: by modality, factor of the divergence of its style, multiplied with beta.
        likelihood: by modality, factor of its negative log-likelihood.
    """

    beta: float
    style: Mapping[str, float]
    likelihood: Mapping[str, float]

    @property
    def are_one(self) -> bool:
        """Whether all factors are 1, so that the weighted loss is still a bound."""
        return all(w == 1 for w in (self.beta, *self.style.values(), *self.likelihood.values()))
