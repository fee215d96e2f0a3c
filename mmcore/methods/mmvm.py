"""MMVM: one latent variable for each modality, softly aligned by the mixture of experts as prior."""

from mmcore.aggregators import MixtureOfExperts
from mmcore.config.components import MmvmSettings
from mmcore.methods.base import Method, ModelContext, equally
from mmcore.methods.weights import style_training, term_weights
from mmcore.objectives import MixturePrior

__all__ = ["mmvm"]


def mmvm(settings: MmvmSettings, context: ModelContext) -> Method:
    """Return the method of Sutter et al. (2024).

    A modality is generated from the latent variable of another one. The posterior given several
    modalities is their mixture, the prior h of the method.
    """
    objective = MixturePrior(
        term_weights(settings, context),
        style_training(settings),
        alpha=settings.alpha,
        anneal=settings.anneal,
        js=settings.js,
    )
    posterior = equally(MixtureOfExperts(), context)
    caveat = "each modality has a latent variable of its own, whose prior depends on X"
    return Method(objective, posterior, caveat=caveat)
