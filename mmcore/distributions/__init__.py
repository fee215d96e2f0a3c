"""Distributions over a latent variable, and the divergences between them.

Shapes, here and everywhere: B batch, M modalities, K components, D latent, S samples, E event.
"""

from mmcore.distributions.divergences import (
    gaussian_kl,
    jensen_shannon,
    jensen_shannon_bound,
    kl,
    kl_estimate,
)
from mmcore.distributions.full import Evidence, FullGaussian, full_gaussian_kl
from mmcore.distributions.latent import Gaussian, LatentDistribution, Mixture

__all__ = [
    "Evidence",
    "FullGaussian",
    "Gaussian",
    "LatentDistribution",
    "Mixture",
    "full_gaussian_kl",
    "gaussian_kl",
    "jensen_shannon",
    "jensen_shannon_bound",
    "kl",
    "kl_estimate",
]
