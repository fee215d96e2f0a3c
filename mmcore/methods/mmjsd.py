"""mmJSD: mixture posterior, dynamic prior, Jensen-Shannon divergence."""

from mmcore.aggregators import MixtureOfExperts, ProductOfExperts
from mmcore.config.components import MmJsdSettings
from mmcore.fusion import Fusion, bounds, checked_weights, dynamic_prior
from mmcore.methods.base import Method, ModelContext, equally
from mmcore.methods.weights import style_training, term_weights
from mmcore.objectives import MmJsd

__all__ = ["mmjsd"]

CAVEAT = "the dynamic prior depends on X (docs/design/001-is-mmjsd-a-bound.md)"


def mmjsd(settings: MmJsdSettings, context: ModelContext) -> Method:
    """Return the method of the paper.

    The posterior given a subset of modalities is the abstract mean of the dynamic prior, over the
    experts of the subset and the prior; where it is not Gaussian, the mixture of the experts. Generation
    from a subset uses the product of its experts.

    References:
        Sutter, Daunhawer, Vogt (2020).
    """
    prior = dynamic_prior(settings, context)
    mean = prior.aggregator
    pi, _ = checked_weights(settings.weights, context.names)
    posterior = Fusion(MixtureOfExperts(), pi)
    objective = MmJsd(
        posterior,
        prior,
        term_weights(settings, context),
        style_training(settings),
        bound=bounds(settings, mean),
    )
    if not mean.is_gaussian:
        return Method(objective, posterior, caveat=CAVEAT)
    # The variance of a mean of experts is as large as that of one expert, and the prior increases it;
    # samples of a product are more coherent (docs/evaluation.md).
    generation = equally(ProductOfExperts(), context)
    return Method(objective, prior, generation, CAVEAT)
