"""MMVAE: mixture of experts, with one draw or importance weighting."""

from mmcore.aggregators import MixtureOfExperts
from mmcore.config.components import MmvaeSettings
from mmcore.methods.base import Method, ModelContext, equally
from mmcore.methods.weights import style_training, term_weights, weighted_caveat
from mmcore.objectives import Elbo, ImportanceWeighted, Objective

__all__ = ["mmvae"]


def mmvae(settings: MmvaeSettings, context: ModelContext) -> Method:
    """Return the method of Shi, Siddharth, Paige and Torr (2019).

    Its single-draw ELBO, the default, is the baseline of the mmJSD paper.
    """
    weights = term_weights(settings, context)
    posterior = equally(MixtureOfExperts(), context)
    objective: Objective
    if settings.estimator == "elbo":
        objective = Elbo(posterior, weights, style_training(settings))
    else:
        objective = ImportanceWeighted(
            posterior, weights, draws=settings.draws, estimator=settings.estimator
        )
    return Method(objective, posterior, caveat=weighted_caveat(weights, context))
