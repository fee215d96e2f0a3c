"""Metrics: each computes tables from a trained model and its data.

`base` is the interface. There is a file for each metric of the core; `classifiers`, `feature_spaces`,
`distances`, `linear_probe`, `scores` and `generated_labels` are shared by them. `figures` and `report` make
the page.
"""

from mmcore.metrics.base import Figure, Measured, Metric, Subject

__all__ = ["Figure", "Measured", "Metric", "Subject"]
