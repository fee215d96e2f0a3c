"""Priors: p(c) over the content, and p(s) over the style of each modality."""

from mmcore.priors.base import Prior
from mmcore.priors.clusters import ClusterPrior
from mmcore.priors.standard import StandardPrior

__all__ = ["ClusterPrior", "Prior", "StandardPrior"]
