"""From settings and a context to each aggregator of the core."""

from pydantic import BaseModel

from mmcore.aggregators.gaussian import (
    GeometricMean,
    PowerMean,
    ProductOfExperts,
    WassersteinBarycenter,
)
from mmcore.aggregators.mixtures import MixtureOfExperts, MixtureOfProducts
from mmcore.config.components import MixtureOfProductsSettings, PowerMeanSettings
from mmcore.plugins import Context

__all__ = ["geometric", "mixture", "mixture_of_products", "power", "product", "wasserstein"]


def geometric(settings: BaseModel, context: Context) -> GeometricMean:
    """Return the geometric mean."""
    return GeometricMean()


def mixture(settings: BaseModel, context: Context) -> MixtureOfExperts:
    """Return the mixture of experts."""
    return MixtureOfExperts()


def mixture_of_products(settings: MixtureOfProductsSettings, context: Context) -> MixtureOfProducts:
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
