"""A scikit-learn estimator: the whole library for data in memory, without files."""

from mmcore.estimator.estimator import MultimodalVAE

__all__ = ["MultimodalVAE"]
