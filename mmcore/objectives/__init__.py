"""Objectives, which compute the loss of a batch."""

from mmcore.objectives.base import LossTerms, Objective, ObjectiveContext
from mmcore.objectives.draws import StyleTraining
from mmcore.objectives.elbo import Elbo
from mmcore.objectives.importance import ImportanceWeighted
from mmcore.objectives.mmjsd import MmJsd
from mmcore.objectives.subset_elbos import SubsetElbos
from mmcore.objectives.terms import NamedTerms, TermWeights
from mmcore.objectives.total_correlation import TotalCorrelation

__all__ = [
    "Elbo",
    "ImportanceWeighted",
    "LossTerms",
    "MmJsd",
    "NamedTerms",
    "Objective",
    "ObjectiveContext",
    "StyleTraining",
    "SubsetElbos",
    "TermWeights",
    "TotalCorrelation",
]
