"""Metrics: each turns a trained model and its data into tables."""

from mmcore.metrics.base import Measured, Metric, Subject
from mmcore.metrics.coherence import CoherenceMetric
from mmcore.metrics.imputation import ImputationMetric
from mmcore.metrics.information import InformationMetric
from mmcore.metrics.likelihood import LikelihoodMetric
from mmcore.metrics.perplexity import PerplexityMetric
from mmcore.metrics.quality import QualityMetric
from mmcore.metrics.representation import RepresentationMetric

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
