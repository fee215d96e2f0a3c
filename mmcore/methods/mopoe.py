"""MoPoE: the mixture of products over all subsets."""

from mmcore.aggregators import MixtureOfProducts
from mmcore.config.components import MopoeSettings
from mmcore.methods.base import Method, ModelContext, equally
from mmcore.methods.weights import style_training, term_weights, weighted_caveat
from mmcore.objectives import Elbo

__all__ = ["mopoe"]


def mopoe(settings: MopoeSettings, context: ModelContext) -> Method:
    """Return the method of Sutter, Daunhawer and Vogt (2021)."""
    weights = term_weights(settings, context)
    posterior = equally(MixtureOfProducts(settings.limit, settings.samples), context)
    objective = Elbo(posterior, weights, style_training(settings))
    return Method(objective, posterior, caveat=weighted_caveat(weights, context))
