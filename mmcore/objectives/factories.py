"""From settings and a context to each objective of the core, as `custom` builds it."""

from pydantic import BaseModel

from mmcore.aggregators import Aggregator
from mmcore.config.components import (
    ImportanceWeightedSettings,
    JensenShannonSettings,
    SubsetElbosSettings,
    TotalCorrelationSettings,
)
from mmcore.fusion import Fusion, checked_weights
from mmcore.objectives.base import ObjectiveContext
from mmcore.objectives.elbo import Elbo
from mmcore.objectives.importance import ImportanceWeighted
from mmcore.objectives.mmjsd import MmJsd
from mmcore.objectives.subset_elbos import SubsetElbos
from mmcore.objectives.total_correlation import TotalCorrelation

__all__ = ["elbo", "importance_weighted", "jensen_shannon", "subset_elbos", "total_correlation"]


def elbo(settings: BaseModel, context: ObjectiveContext) -> Elbo:
    """Return the evidence lower bound."""
    return Elbo(context.posterior, context.weights, context.styles)


def importance_weighted(
    settings: ImportanceWeightedSettings, context: ObjectiveContext
) -> ImportanceWeighted:
    """Return the importance-weighted bound of a mixture of experts."""
    return ImportanceWeighted(
        context.posterior, context.weights, draws=settings.draws, estimator=settings.estimator
    )


def jensen_shannon(settings: JensenShannonSettings, context: ObjectiveContext) -> MmJsd:
    """Return the objective of mmJSD with the posterior of the context."""
    mean: Aggregator = context.make(
        "aggregator", settings.dynamic_prior, settings.dynamic_prior_options
    )
    pi, pi_0 = checked_weights(settings.weights, context.names)
    dynamic_prior = Fusion(mean, pi, pi_0, context.codec.prior)
    return MmJsd(context.posterior, dynamic_prior, context.weights, context.styles)


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
