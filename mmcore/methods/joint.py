"""Methods with a joint encoder: JMVAE and TELBO."""

from mmcore.config.components import JmvaeSettings, TelboSettings
from mmcore.methods.base import Method, ModelContext
from mmcore.methods.weights import style_training, term_weights, weighted_caveat, weights_by_name
from mmcore.objectives import JointElbo, TripleElbo
from mmcore.posteriors import JointEncoder

__all__ = ["jmvae", "telbo"]


def jmvae(settings: JmvaeSettings, context: ModelContext) -> Method:
    """Return the method of Suzuki, Nakayama and Matsuo (2016), for any number of modalities.

    Subtracting divergences keeps a lower bound of log p(X) a lower bound.
    """
    weights = term_weights(settings, context)
    posterior = JointEncoder(context.names, context.content_dim, settings.width)
    objective = JointElbo(posterior, weights, style_training(settings), alpha=settings.alpha)
    return Method(objective, posterior, caveat=weighted_caveat(weights, context))


def telbo(settings: TelboSettings, context: ModelContext) -> Method:
    """Return the method of Vedantam, Fischer, Huang and Murphy (2018), trained in one stage."""
    weights = term_weights(settings, context)
    posterior = JointEncoder(context.names, context.content_dim, settings.width)
    unimodal = weights_by_name(settings.unimodal_weights, weights.likelihood, "unimodal_weights")
    objective = TripleElbo(posterior, weights, style_training(settings), unimodal=unimodal)
    return Method(objective, posterior, caveat="it adds the ELBOs of the modalities alone")
