"""The factories of the objectives of the core."""

from pydantic import BaseModel

from mmcore.config.parts import (
    ImportanceWeightedSettings,
    JensenShannonSettings,
    JointElboSettings,
    MixtureElboSettings,
    MixturePriorSettings,
    SubsetElbosSettings,
    TotalCorrelationSettings,
    TripleElboSettings,
)
from mmcore.errors import MmcoreError, nearest
from mmcore.fusion import bounds, dynamic_prior
from mmcore.objectives.base import ObjectiveContext
from mmcore.objectives.elbo import Elbo
from mmcore.objectives.importance import ImportanceWeighted
from mmcore.objectives.joint_elbo import JointElbo
from mmcore.objectives.mixture_elbo import MixtureElbo
from mmcore.objectives.mixture_prior import MixturePrior
from mmcore.objectives.mmjsd import MmJsd
from mmcore.objectives.posterior_elbos import CrossRegularized, TripleElbo
from mmcore.objectives.random_subset import RandomSubsetElbo
from mmcore.objectives.subset_elbos import SubsetElbos
from mmcore.objectives.total_correlation import TotalCorrelation

__all__ = [
    "cross_regularized",
    "elbo",
    "importance_weighted",
    "jensen_shannon",
    "joint_elbo",
    "mixture_elbo",
    "mixture_prior",
    "random_subset",
    "subset_elbos",
    "total_correlation",
    "triple_elbo",
]


def cross_regularized(settings: BaseModel, context: ObjectiveContext) -> CrossRegularized:
    """Return the objective of CRMVAE."""
    return CrossRegularized(context.posterior, context.weights, context.styles)


def elbo(settings: BaseModel, context: ObjectiveContext) -> Elbo:
    """Return the evidence lower bound."""
    return Elbo(context.posterior, context.weights, context.styles)


def importance_weighted(
    settings: ImportanceWeightedSettings, context: ObjectiveContext
) -> ImportanceWeighted:
    """Return the importance-weighted bound of a mixture of experts."""
    return ImportanceWeighted(
        context.posterior,
        context.weights,
        draws=settings.draws,
        estimator=settings.estimator,
        auxiliary=context.style_dims if settings.auxiliary else None,
    )


def jensen_shannon(settings: JensenShannonSettings, context: ObjectiveContext) -> MmJsd:
    """Return the objective of mmJSD with the posterior of the context."""
    prior = dynamic_prior(settings, context)
    bound = bounds(settings, prior.aggregator)
    return MmJsd(context.posterior, prior, context.weights, context.styles, bound=bound)


def joint_elbo(settings: JointElboSettings, context: ObjectiveContext) -> JointElbo:
    """Return the ELBO of a joint encoder, with unimodal encoders that match it."""
    return JointElbo(context.posterior, context.weights, context.styles, alpha=settings.alpha)


def mixture_elbo(settings: MixtureElboSettings, context: ObjectiveContext) -> MixtureElbo:
    """Return the ELBO of a mixture with a draw of each component."""
    return MixtureElbo(
        context.posterior,
        context.weights,
        context.styles,
        kl=settings.kl,
        entropy=settings.entropy,
    )


def mixture_prior(settings: MixturePriorSettings, context: ObjectiveContext) -> MixturePrior:
    """Return the objective of MMVM; it has posteriors of its own, the experts."""
    return MixturePrior(
        context.weights,
        context.styles,
        alpha=settings.alpha,
        anneal=settings.anneal,
        js=settings.js,
    )


def random_subset(settings: BaseModel, context: ObjectiveContext) -> RandomSubsetElbo:
    """Return the ELBO given a random subset of the modalities of each row."""
    return RandomSubsetElbo(context.posterior, context.weights, context.styles)


def subset_elbos(settings: SubsetElbosSettings, context: ObjectiveContext) -> SubsetElbos:
    """Return the sum of the ELBOs of subsets; it has posteriors of its own, products of experts."""
    return SubsetElbos(
        context.weights,
        context.styles,
        unimodal=settings.unimodal,
        random_subsets=settings.random_subsets,
        cross=settings.cross,
    )


def total_correlation(
    settings: TotalCorrelationSettings, context: ObjectiveContext
) -> TotalCorrelation:
    """Return the total-correlation bound."""
    return TotalCorrelation(
        context.posterior, context.weights, context.styles, alpha=settings.alpha
    )


def triple_elbo(settings: TripleElboSettings, context: ObjectiveContext) -> TripleElbo:
    """Return the joint ELBO with the ELBO of each modality.

    Raises:
        MmcoreError: ``unimodal_weights`` names a modality that the model does not have.
    """
    given, names = settings.unimodal_weights or {}, context.names
    for name in given:
        if name not in names:
            raise MmcoreError(
                f"unimodal_weights names '{name}', expected modalities of this model:"
                f" {', '.join(names)}{nearest(name, names)}"
            )
    unimodal = {**context.weights.likelihood, **given}
    return TripleElbo(context.posterior, context.weights, context.styles, unimodal=unimodal)
