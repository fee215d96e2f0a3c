"""MMVAE+: mixture of experts with private latents and auxiliary priors."""

from mmcore.aggregators import MixtureOfExperts
from mmcore.config.components import MmvaePlusSettings
from mmcore.methods.base import Method, ModelContext, equally
from mmcore.methods.styles import require_styles
from mmcore.methods.weights import term_weights
from mmcore.objectives import ImportanceWeighted

__all__ = ["mmvaeplus"]


def mmvaeplus(settings: MmvaePlusSettings, context: ModelContext) -> Method:
    """Return the method of Palumbo, Daunhawer and Vogt (2023)."""
    require_styles("mmvaeplus", "its auxiliary priors replace those of private latents", context)
    posterior = equally(MixtureOfExperts(), context)
    objective = ImportanceWeighted(
        posterior,
        term_weights(settings, context),
        draws=settings.draws,
        estimator=settings.estimator,
        auxiliary=context.style_dims,
    )
    caveat = "it bounds models whose private priors are the auxiliary ones"
    return Method(objective, posterior, caveat=caveat)
