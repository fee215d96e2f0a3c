"""Abstract means, which combine experts into one distribution."""

from mmcore.aggregators.base import Aggregator
from mmcore.aggregators.experts import Experts, with_prior
from mmcore.aggregators.geometric import GeometricMean
from mmcore.aggregators.mixture import MixtureOfExperts
from mmcore.aggregators.mixture_of_products import MixtureOfProducts
from mmcore.aggregators.power import PowerMean
from mmcore.aggregators.product import ProductOfExperts
from mmcore.aggregators.wasserstein import WassersteinBarycenter

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
