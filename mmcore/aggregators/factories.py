"""The factories of the aggregators of the core."""

from pydantic import BaseModel

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
from mmcore.config.parts import (
    ConsensusSettings,
    LearnedPowerSettings,
    MixtureOfSubsetsSettings,
    PowerMeanSettings,
)
from mmcore.plugins import Context

__all__ = [
    "consensus",
    "geometric",
    "helvae",
    "hoelder",
    "learned_power",
    "mixture",
    "mixture_of_barycenters",
    "mixture_of_products",
    "moments",
    "power",
    "product",
    "wasserstein",
]


def consensus(settings: ConsensusSettings, context: Context) -> Consensus:
    """Return the consensus of dependent experts."""
    return Consensus(settings.correlation)


def helvae(settings: BaseModel, context: Context) -> MomentMatched:
    """Return the Gaussian with the moments of the Hoelder mean."""
    return MomentMatched(HoelderMean())


def hoelder(settings: BaseModel, context: Context) -> HoelderMean:
    """Return the Hoelder mean."""
    return HoelderMean()


def learned_power(settings: LearnedPowerSettings, context: Context) -> LearnedPowerMean:
    """Return the power mean with a learned power."""
    return LearnedPowerMean(settings.power)


def moments(settings: BaseModel, context: Context) -> MomentMatched:
    """Return the Gaussian with the moments of the mixture of experts."""
    return MomentMatched(MixtureOfExperts())


def mixture_of_barycenters(
    settings: MixtureOfSubsetsSettings, context: Context
) -> MixtureOfBarycenters:
    """Return the mixture of Wasserstein barycenters."""
    return MixtureOfBarycenters(settings.limit, settings.samples)


def geometric(settings: BaseModel, context: Context) -> GeometricMean:
    """Return the geometric mean."""
    return GeometricMean()


def mixture(settings: BaseModel, context: Context) -> MixtureOfExperts:
    """Return the mixture of experts."""
    return MixtureOfExperts()


def mixture_of_products(settings: MixtureOfSubsetsSettings, context: Context) -> MixtureOfProducts:
    """Return the mixture of products of experts."""
    return MixtureOfProducts(settings.limit, settings.samples)


def power(settings: PowerMeanSettings, context: Context) -> PowerMean:
    """Return the power mean."""
    return PowerMean(settings.power)


def product(settings: BaseModel, context: Context) -> ProductOfExperts:
    """Return the product of experts."""
    return ProductOfExperts()


def wasserstein(settings: BaseModel, context: Context) -> WassersteinBarycenter:
    """Return the Wasserstein barycenter."""
    return WassersteinBarycenter()
