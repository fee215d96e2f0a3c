"""Evaluation: what a trained model knows, for every subset of modalities."""

from mmcore.evaluation.figures import cross_generation, loss_curves
from mmcore.evaluation.linear_probe import ProbeReport, probe
from mmcore.evaluation.representations import Representations, represent
from mmcore.evaluation.subsets import subset_name, subsets

__all__ = [
    "ProbeReport",
    "Representations",
    "cross_generation",
    "loss_curves",
    "probe",
    "represent",
    "subset_name",
    "subsets",
]
