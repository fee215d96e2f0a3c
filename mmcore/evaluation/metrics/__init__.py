"""Metrics: each turns a trained model and its data into tables."""

from mmcore.evaluation.metrics.base import Measured, Metric, Subject
from mmcore.evaluation.metrics.coherence import CoherenceMetric
from mmcore.evaluation.metrics.imputation import ImputationMetric
from mmcore.evaluation.metrics.information import InformationMetric
from mmcore.evaluation.metrics.likelihood import LikelihoodMetric
from mmcore.evaluation.metrics.perplexity import PerplexityMetric
from mmcore.evaluation.metrics.quality import QualityMetric
from mmcore.evaluation.metrics.representation import RepresentationMetric

__all__ = ["METRICS", "Measured", "Metric", "RepresentationMetric", "Subject"]

_ALL: tuple[Metric, ...] = (
    RepresentationMetric(),
    CoherenceMetric(),
    QualityMetric(),
    LikelihoodMetric(),
    PerplexityMetric(),
    ImputationMetric(),
    InformationMetric(),
)
METRICS = {metric.name: metric for metric in _ALL}
"""Every metric by name, in the order of the report."""
