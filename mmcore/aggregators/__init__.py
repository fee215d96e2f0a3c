"""Abstract means, which combine experts into one distribution."""

from mmcore.aggregators.base import Aggregator, Experts, with_prior
from mmcore.aggregators.gaussian import (
    GeometricMean,
    PowerMean,
    ProductOfExperts,
    WassersteinBarycenter,
)
from mmcore.aggregators.mixtures import MixtureOfExperts, MixtureOfProducts

__all__ = [
    "Aggregator",
    "Experts",
    "GeometricMean",
    "MixtureOfExperts",
    "MixtureOfProducts",
    "PowerMean",
    "ProductOfExperts",
    "WassersteinBarycenter",
    "with_prior",
]
