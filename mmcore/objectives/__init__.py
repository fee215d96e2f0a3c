"""Objectives, which compute the loss of a batch."""

from mmcore.objectives.base import LossTerms, Objective, ObjectiveContext
from mmcore.objectives.draws import StyleTraining
from mmcore.objectives.elbo import Elbo
from mmcore.objectives.importance import ImportanceWeighted
from mmcore.objectives.joint_elbo import JointElbo
from mmcore.objectives.mixture_elbo import MixtureElbo
from mmcore.objectives.mixture_prior import MixturePrior
from mmcore.objectives.mmjsd import MmJsd
from mmcore.objectives.posterior_elbos import CrossRegularized, TripleElbo
from mmcore.objectives.random_subset import RandomSubsetElbo
from mmcore.objectives.subset_elbos import SubsetElbos
from mmcore.objectives.terms import NamedTerms, TermWeights
from mmcore.objectives.total_correlation import TotalCorrelation

__all__ = [
    "CrossRegularized",
    "Elbo",
    "ImportanceWeighted",
    "JointElbo",
    "LossTerms",
    "MixtureElbo",
    "MixturePrior",
    "MmJsd",
    "NamedTerms",
    "Objective",
    "ObjectiveContext",
    "RandomSubsetElbo",
    "StyleTraining",
    "SubsetElbos",
    "TermWeights",
    "TotalCorrelation",
    "TripleElbo",
]
