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
from mmcore.distributions.latent import Gaussian, LatentDistribution, Mixture

__all__ = [
    "Gaussian",
    "LatentDistribution",
    "Mixture",
    "gaussian_kl",
    "jensen_shannon",
    "jensen_shannon_bound",
    "kl",
    "kl_estimate",
]
