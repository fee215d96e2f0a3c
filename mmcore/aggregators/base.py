"""The interface of an abstract mean."""

from abc import ABC, abstractmethod
from typing import ClassVar

from torch import nn

from mmcore.aggregators.experts import Experts
from mmcore.distributions import LatentDistribution

__all__ = ["Aggregator"]


class Aggregator(nn.Module, ABC):
    """An abstract mean, which combines the experts of each row into one distribution.

    The same aggregator is used for the joint posterior, over the modalities of a row, and for the
    dynamic prior, over the modalities and the prior.

    MUST: `forward`.

    Subclass requirements:
        - an expert with ``present`` false has no influence on value or gradient;
        - the order of the experts does not matter;
        - rows do not influence one another;
        - a single expert of weight 1 is returned unchanged (up to the type of the result).
    """

    is_gaussian: ClassVar[bool] = False
    """Whether the mean of Gaussians is a `Gaussian`, so that divergences have a closed form."""

    @abstractmethod
    def forward(self, experts: Experts) -> LatentDistribution:
        """Return the mean of the experts, a batch of B distributions."""
