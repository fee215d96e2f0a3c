"""Inference: what a trained model says of a batch. No file format, no scikit-learn, no matplotlib."""

from mmcore.inference.information import Information, information
from mmcore.inference.intervals import CentralInterval
from mmcore.inference.likelihood import ImportanceEstimate, log_likelihood
from mmcore.inference.predictive import Predictive, predictive
from mmcore.inference.representations import Representations, represent
from mmcore.inference.subsets import subset_name, subsets

__all__ = [
    "CentralInterval",
    "ImportanceEstimate",
    "Information",
    "Predictive",
    "Representations",
    "information",
    "log_likelihood",
    "predictive",
    "represent",
    "subset_name",
    "subsets",
]
