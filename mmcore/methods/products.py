"""Methods with a product of experts as joint posterior: MVAE, MVTCAE and DMVAE."""

from mmcore.aggregators import ProductOfExperts
from mmcore.config.components import DmvaeSettings, MvaeSettings, MvtcaeSettings
from mmcore.methods.base import Method, ModelContext, equally
from mmcore.methods.weights import require_styles, style_training, term_weights, weighted_caveat
from mmcore.objectives import SubsetElbos, TotalCorrelation

__all__ = ["dmvae", "mvae", "mvtcae"]


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
