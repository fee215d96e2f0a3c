"""The method ``jmvae``."""

from mmcore.codec import ModelContext
from mmcore.methods.base import Method
from mmcore.methods.weights import style_training, term_weights, weighted_caveat

from mmcore_jmvae.encoder import joint
from mmcore_jmvae.objective import JointElbo
from mmcore_jmvae.settings import JmvaeSettings, JointSettings


def jmvae(settings: JmvaeSettings, context: ModelContext) -> Method:
    """Return the method of Suzuki, Nakayama and Matsuo (2016), for any number of modalities.

    Subtracting divergences keeps a lower bound of log p(X) a lower bound.
    """
    weights = term_weights(settings, context)
    posterior = joint(JointSettings(width=settings.width), context)
    objective = JointElbo(posterior, weights, style_training(settings), alpha=settings.alpha)
    return Method(objective, posterior, caveat=weighted_caveat(weights, context))
