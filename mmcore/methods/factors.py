"""Factor analysis with networks beside it."""

from mmcore.config.components import FactorsSettings
from mmcore.methods.base import Method, ModelContext
from mmcore.methods.weights import style_training, term_weights, weighted_caveat
from mmcore.objectives import RandomSubsetElbo
from mmcore.posteriors import EvidenceProduct

__all__ = ["factors"]


def factors(settings: FactorsSettings, context: ModelContext) -> Method:
    """Return the method that starts as a factor analysis of the training samples.

    The evidence is divided by beta, so that the posterior is the optimum of the loss for linear decoders.
    """
    posterior = EvidenceProduct(
        context, settings.shrinkage, settings.beta or 1.0, settings.noise, settings.noise_factors
    )
    weights = term_weights(settings, context)
    objective = RandomSubsetElbo(posterior, weights, style_training(settings))
    return Method(objective, posterior, caveat=weighted_caveat(weights, context))
