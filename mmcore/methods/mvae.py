"""MVAE: product of experts, joint and subset ELBOs."""

from mmcore.aggregators import ProductOfExperts
from mmcore.config.components import MvaeSettings
from mmcore.methods.base import Method, ModelContext, equally
from mmcore.methods.weights import style_training, term_weights, weighted_caveat
from mmcore.objectives import SubsetElbos

__all__ = ["mvae"]


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
