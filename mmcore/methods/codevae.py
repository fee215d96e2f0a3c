"""CoDE-VAE: consensus of dependent experts, with learned weights of the subsets."""

from mmcore.config.components import CodevaeSettings
from mmcore.methods.base import Method, ModelContext
from mmcore.methods.weights import style_training, term_weights, weighted_caveat
from mmcore.objectives import MixtureElbo
from mmcore.posteriors import ConsensusOfSubsets

__all__ = ["codevae"]


def codevae(settings: CodevaeSettings, context: ModelContext) -> Method:
    """Return the method of Mancisidor, Jenssen, Yu and Kampffmeyer (2025).

    The correlation of the experts is an option, as in the implementation of the authors, which also
    weighs the entropy of the weights by 1000.
    """
    weights = term_weights(settings, context)
    posterior = ConsensusOfSubsets(context.names, settings.correlation)
    objective = MixtureElbo(posterior, weights, style_training(settings), entropy=settings.entropy)
    return Method(objective, posterior, caveat=weighted_caveat(weights, context))
