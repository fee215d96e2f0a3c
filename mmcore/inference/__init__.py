"""Inference: posteriors, predictions and likelihoods of a trained model.

Metrics and the commands impute, embed and score use these functions. Nothing here imports a file format,
scikit-learn, matplotlib or the training engine.
"""

from mmcore.inference.answers import corrected_draws, posterior_draws
from mmcore.inference.batches import EncodedBatch, encoded, encoded_batches
from mmcore.inference.generation_prior import aggregate_posterior, fit_generation_prior
from mmcore.inference.information import Information, information
from mmcore.inference.intervals import central_interval
from mmcore.inference.likelihood import ImportanceEstimate, log_likelihood
from mmcore.inference.mixture_likelihood import mixture_log_likelihoods
from mmcore.inference.posteriors import named_posterior
from mmcore.inference.predictive import Predictive, predictive
from mmcore.inference.representations import Representations, represent
from mmcore.inference.subsets import subset_name, subsets

__all__ = [
    "EncodedBatch",
    "ImportanceEstimate",
    "Information",
    "Predictive",
    "Representations",
    "aggregate_posterior",
    "central_interval",
    "corrected_draws",
    "encoded",
    "encoded_batches",
    "fit_generation_prior",
    "information",
    "log_likelihood",
    "mixture_log_likelihoods",
    "named_posterior",
    "posterior_draws",
    "predictive",
    "represent",
    "subset_name",
    "subsets",
]
