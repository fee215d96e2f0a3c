"""Priors: p(c) over the content, p(s) over the style of each modality, and both together."""

from mmcore.priors.base import Prior
from mmcore.priors.clusters import ClusterPrior
from mmcore.priors.conditional import ConditionalPrior
from mmcore.priors.latent import IndependentPrior, JointPrior, LatentPrior, Latents
from mmcore.priors.standard import StandardPrior

__all__ = [
    "ClusterPrior",
    "ConditionalPrior",
    "IndependentPrior",
    "JointPrior",
    "LatentPrior",
    "Latents",
    "Prior",
    "StandardPrior",
]
