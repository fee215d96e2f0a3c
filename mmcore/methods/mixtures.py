"""Methods with a mixture as joint posterior: MMVAE, MMVAE+, MoPoE, barycenters and mcVAE."""

from mmcore.aggregators import MixtureOfBarycenters, MixtureOfExperts, MixtureOfProducts
from mmcore.config.components import (
    McvaeSettings,
    MmvaePlusSettings,
    MmvaeSettings,
    MopoeSettings,
    MwbvaeSettings,
)
from mmcore.methods.base import Method, ModelContext, equally
from mmcore.methods.weights import require_styles, style_training, term_weights, weighted_caveat
from mmcore.objectives import Elbo, ImportanceWeighted, MixtureElbo, Objective

__all__ = ["mcvae", "mmvae", "mmvaeplus", "mopoe", "mwbvae"]


def mmvae(settings: MmvaeSettings, context: ModelContext) -> Method:
    """Return the method of Shi, Siddharth, Paige and Torr (2019).

    Its single-draw ELBO, the default, is the baseline of the mmJSD paper.
    """
    weights = term_weights(settings, context)
    posterior = equally(MixtureOfExperts(), context)
    objective: Objective
    if settings.estimator == "elbo":
        objective = Elbo(posterior, weights, style_training(settings))
    else:
        objective = ImportanceWeighted(
            posterior, weights, draws=settings.draws, estimator=settings.estimator
        )
    return Method(objective, posterior, caveat=weighted_caveat(weights, context))


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


def mopoe(settings: MopoeSettings, context: ModelContext) -> Method:
    """Return the method of Sutter, Daunhawer and Vogt (2021)."""
    weights = term_weights(settings, context)
    posterior = equally(MixtureOfProducts(settings.limit, settings.samples), context)
    objective = Elbo(posterior, weights, style_training(settings))
    return Method(objective, posterior, caveat=weighted_caveat(weights, context))


def mwbvae(settings: MwbvaeSettings, context: ModelContext) -> Method:
    """Return the method of Qiu et al. (2025), with the mixture of barycenters over subsets."""
    weights = term_weights(settings, context)
    posterior = equally(MixtureOfBarycenters(settings.limit, settings.samples), context)
    objective = Elbo(posterior, weights, style_training(settings))
    return Method(objective, posterior, caveat=weighted_caveat(weights, context))


def mcvae(settings: McvaeSettings, context: ModelContext) -> Method:
    """Return the method of Antelmi, Ayache, Robert and Lorenzi (2019), without its sparsity.

    It is the mean of the ELBOs of all experts, and thus MMVAE with a draw of every expert.
    """
    weights = term_weights(settings, context)
    posterior = equally(MixtureOfExperts(), context)
    objective = MixtureElbo(posterior, weights, style_training(settings))
    return Method(objective, posterior, caveat=weighted_caveat(weights, context))
