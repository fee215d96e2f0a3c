"""Abstract means, which combine experts into one distribution."""

from mmcore.aggregators.base import Aggregator, Experts, with_prior
from mmcore.aggregators.consensus import Consensus
from mmcore.aggregators.gaussian import (
    GeometricMean,
    LearnedPowerMean,
    PowerMean,
    ProductOfExperts,
    WassersteinBarycenter,
)
from mmcore.aggregators.hoelder import HoelderMean, MomentMatched
from mmcore.aggregators.mixtures import (
    MixtureOfBarycenters,
    MixtureOfExperts,
    MixtureOfProducts,
)

__all__ = [
    "Aggregator",
    "Consensus",
    "Experts",
    "GeometricMean",
    "HoelderMean",
    "LearnedPowerMean",
    "MixtureOfBarycenters",
    "MixtureOfExperts",
    "MixtureOfProducts",
    "MomentMatched",
    "PowerMean",
    "ProductOfExperts",
    "WassersteinBarycenter",
    "with_prior",
]
