"""The interface of an abstract mean."""

from abc import ABC, abstractmethod
from typing import ClassVar

from torch import nn

from mmcore.aggregators.experts import Experts
from mmcore.distributions import LatentDistribution

__all__ = ["Aggregator"]


class Aggregator(nn.Module, ABC):
    """An abstract mean: turns the experts of each row into one distribution.

    The same aggregator serves as joint posterior (over the modalities that are there) and as dynamic
    prior (over the modalities and N(0, I)).

    MUST: `forward`.

    Subclass requirements:
        - an expert with ``present`` false has no influence on value or gradient;
        - the order of the experts does not matter;
        - rows do not influence one another;
        - one expert alone, of weight 1, is returned as it is (up to the type of the result).
    """

    is_gaussian: ClassVar[bool] = False
    """Whether the mean of Gaussians is a `Gaussian`, so that divergences have a closed form."""

    @abstractmethod
    def forward(self, experts: Experts) -> LatentDistribution:
        """Return the mean of the experts, a batch of B distributions."""
