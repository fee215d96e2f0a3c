"""Inference: posteriors, predictions and likelihoods of a trained model.

Metrics and the commands impute, embed and score use these functions. Nothing here imports a file format,
scikit-learn, matplotlib or the training engine.
"""

from mmcore.inference.explanation.information import Information, information
from mmcore.inference.likelihood.importance_sampling import ImportanceEstimate, log_likelihood
from mmcore.inference.likelihood.mixture_proposals import mixture_log_likelihoods
from mmcore.inference.prediction.intervals import central_interval
from mmcore.inference.prediction.posterior_draws import corrected_draws, posterior_draws
from mmcore.inference.prediction.predictive import Predictive, predictive
from mmcore.inference.representation.batches import EncodedBatch, encoded, encoded_batches
from mmcore.inference.representation.conditional_prior import fit_conditional_prior
from mmcore.inference.representation.generation_prior import (
    aggregate_posterior,
    fit_generation_prior,
)
from mmcore.inference.representation.posteriors import named_posterior
from mmcore.inference.representation.representations import Representations, represent
from mmcore.inference.representation.subsets import subset_name, subsets

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
    "fit_conditional_prior",
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
