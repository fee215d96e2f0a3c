"""Methods with a mixture of experts as joint posterior: MMVAE, MMVAE+ and MoPoE."""

from mmcore.aggregators import MixtureOfExperts, MixtureOfProducts
from mmcore.config.components import MmvaePlusSettings, MmvaeSettings, MopoeSettings
from mmcore.methods.base import Method, ModelContext, equally
from mmcore.methods.weights import require_styles, style_training, term_weights, weighted_caveat
from mmcore.objectives import Elbo, ImportanceWeighted, Objective

__all__ = ["mmvae", "mmvaeplus", "mopoe"]


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
