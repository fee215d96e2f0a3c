"""Methods with a product of experts as joint posterior: MVAE, MVTCAE, DMVAE, CRMVAE and gPoE."""

from mmcore.aggregators import ProductOfExperts
from mmcore.config.components import (
    CrmvaeSettings,
    DmvaeSettings,
    GpoeSettings,
    MvaeSettings,
    MvtcaeSettings,
)
from mmcore.methods.base import Method, ModelContext, equally
from mmcore.methods.weights import require_styles, style_training, term_weights, weighted_caveat
from mmcore.objectives import CrossRegularized, Elbo, SubsetElbos, TotalCorrelation
from mmcore.posteriors import GeneralizedProduct

__all__ = ["crmvae", "dmvae", "gpoe", "mvae", "mvtcae"]


def mvae(settings: MvaeSettings, context: ModelContext) -> Method:
    """Return the method of Wu and Goodman (2018), with the prior as an expert."""
    weights = term_weights(settings, context)
    objective = SubsetElbos(
        weights,
        style_training(settings),
        unimodal=settings.unimodal,
        random_subsets=settings.random_subsets,
    )
    several = settings.random_subsets or (settings.unimodal and len(context.modalities) > 1)
    caveat = "it adds the ELBOs of subsets" if several else weighted_caveat(weights, context)
    return Method(objective, equally(ProductOfExperts(), context, prior=True), caveat=caveat)


def mvtcae(settings: MvtcaeSettings, context: ModelContext) -> Method:
    """Return the method of Hwang, Kim, Hong and Kim (2021); the prior is not an expert."""
    weights = term_weights(settings, context)
    posterior = equally(ProductOfExperts(), context)
    objective = TotalCorrelation(posterior, weights, style_training(settings), alpha=settings.alpha)
    caveat = "alpha is over 0" if settings.alpha else weighted_caveat(weights, context)
    return Method(objective, posterior, caveat=caveat)


def dmvae(settings: DmvaeSettings, context: ModelContext) -> Method:
    """Return the method of Lee and Pavlovic (2021)."""
    require_styles("dmvae", "it divides every modality into a shared and a private part", context)
    weights = term_weights(settings, context)
    objective = SubsetElbos(weights, style_training(settings), cross=True)
    alone = len(context.modalities) == 1
    caveat = (
        weighted_caveat(weights, context)
        if alone
        else "it adds M + 1 ELBOs, one for each posterior"
    )
    return Method(objective, equally(ProductOfExperts(), context, prior=True), caveat=caveat)


def crmvae(settings: CrmvaeSettings, context: ModelContext) -> Method:
    """Return the method CRMVAE as in MultiVae 1.0.3; the prior is not an expert."""
    posterior = equally(ProductOfExperts(), context)
    weights = term_weights(settings, context)
    objective = CrossRegularized(posterior, weights, style_training(settings))
    caveat = "it averages the likelihoods given the product and given each expert"
    return Method(objective, posterior, caveat=caveat)


def gpoe(settings: GpoeSettings, context: ModelContext) -> Method:
    """Return the ELBO of the generalized product of experts of Cao and Fleet (2014)."""
    weights = term_weights(settings, context)
    posterior = GeneralizedProduct(context.names, context.content_dim)
    objective = Elbo(posterior, weights, style_training(settings))
    return Method(objective, posterior, caveat=weighted_caveat(weights, context))
