"""DMVAE: shared and private latents, product posterior, cross-reconstruction."""

from mmcore.aggregators import ProductOfExperts
from mmcore.config.components import DmvaeSettings
from mmcore.methods.base import Method, ModelContext, equally
from mmcore.methods.styles import require_styles
from mmcore.methods.weights import style_training, term_weights, weighted_caveat
from mmcore.objectives import SubsetElbos

__all__ = ["dmvae"]


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
