"""Methods with the Hoelder mean of the experts as joint posterior."""

from mmcore.aggregators import HoelderMean, MomentMatched
from mmcore.config.components import HelvaeSettings, HoelderSettings
from mmcore.methods.base import Method, ModelContext, equally
from mmcore.methods.weights import style_training, term_weights, weighted_caveat
from mmcore.objectives import Elbo, MixtureElbo

__all__ = ["helvae", "hoelder"]


def hoelder(settings: HoelderSettings, context: ModelContext) -> Method:
    """Return the ELBO of the exact Hoelder mean, a mixture of M (M + 1) / 2 Gaussians.

    A draw of each component is decoded, since the weights of the components depend on the experts.

    References:
        arXiv:2606.13381, without private latent variables of its own.
    """
    weights = term_weights(settings, context)
    posterior = equally(HoelderMean(), context)
    objective = MixtureElbo(posterior, weights, style_training(settings), kl=settings.kl)
    return Method(objective, posterior, caveat=weighted_caveat(weights, context))


def helvae(settings: HelvaeSettings, context: ModelContext) -> Method:
    """Return the ELBO of the Gaussian with the moments of the Hoelder mean.

    References:
        arXiv:2601.06572.
    """
    weights = term_weights(settings, context)
    posterior = equally(MomentMatched(HoelderMean()), context)
    objective = Elbo(posterior, weights, style_training(settings))
    return Method(objective, posterior, caveat=weighted_caveat(weights, context))
