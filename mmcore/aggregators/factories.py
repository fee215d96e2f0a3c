"""From settings and a context to each aggregator of the core."""

from pydantic import BaseModel

from mmcore.aggregators.geometric import GeometricMean
from mmcore.aggregators.mixture import MixtureOfExperts
from mmcore.aggregators.mixture_of_products import MixtureOfProducts
from mmcore.aggregators.power import PowerMean
from mmcore.aggregators.product import ProductOfExperts
from mmcore.aggregators.wasserstein import WassersteinBarycenter
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
