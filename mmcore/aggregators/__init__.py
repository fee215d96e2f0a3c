"""Abstract means: functions that turn experts into one distribution."""

from mmcore.aggregators.base import Aggregator
from mmcore.aggregators.experts import Experts
from mmcore.aggregators.geometric import GeometricMean
from mmcore.aggregators.mixture import MixtureOfExperts
from mmcore.aggregators.product import ProductOfExperts

__all__ = ["Aggregator", "Experts", "GeometricMean", "MixtureOfExperts", "ProductOfExperts"]
