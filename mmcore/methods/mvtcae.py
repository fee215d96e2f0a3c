"""MVTCAE: product of experts with the total-correlation bound."""

from mmcore.aggregators import ProductOfExperts
from mmcore.config.components import MvtcaeSettings
from mmcore.methods.base import Method, ModelContext, equally
from mmcore.methods.weights import style_training, term_weights, weighted_caveat
from mmcore.objectives import TotalCorrelation

__all__ = ["mvtcae"]


def mvtcae(settings: MvtcaeSettings, context: ModelContext) -> Method:
    """Return the method of Hwang, Kim, Hong and Kim (2021); the prior is not an expert."""
    weights = term_weights(settings, context)
    posterior = equally(ProductOfExperts(), context)
    objective = TotalCorrelation(posterior, weights, style_training(settings), alpha=settings.alpha)
    caveat = "alpha is over 0" if settings.alpha else weighted_caveat(weights, context)
    return Method(objective, posterior, caveat=caveat)
