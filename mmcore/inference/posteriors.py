"""How the experts of a subset are fused when something is generated from it: a choice by name."""

from mmcore.aggregators import Aggregator, GeometricMean, MixtureOfExperts, ProductOfExperts
from mmcore.errors import MmcoreError, nearest
from mmcore.fusion import Fusion, checked_weights
from mmcore.model import Model

__all__ = ["FUSIONS", "GENERATION", "INFERENCE", "named_fusion"]

GENERATION, INFERENCE = "generation", "inference"
_WITH_PRIOR: dict[str, type[Aggregator]] = {
    "geometric-with-prior": GeometricMean,
    "product-with-prior": ProductOfExperts,
}
_WITHOUT_PRIOR: dict[str, type[Aggregator]] = {
    "product": ProductOfExperts,
    "mixture": MixtureOfExperts,
}
FUSIONS = (GENERATION, INFERENCE, *_WITH_PRIOR, *_WITHOUT_PRIOR)
"""The first two are what the model's method uses itself; the others weigh all experts equally."""


def named_fusion(model: Model, name: str) -> Fusion:
    """Return the fusion ``name`` for the modalities of a model.

    Raises:
        MmcoreError: there is no such fusion.
    """
    if name == GENERATION:
        return model.generation
    if name == INFERENCE:
        return model.inference
    weights, prior = checked_weights(None, model.names)
    if name in _WITH_PRIOR:
        return Fusion(_WITH_PRIOR[name](), weights, prior).to(model.device)
    if name in _WITHOUT_PRIOR:
        return Fusion(_WITHOUT_PRIOR[name](), weights).to(model.device)
    raise MmcoreError(
        f"unknown fusion '{name}', expected one of {', '.join(FUSIONS)}{nearest(name, FUSIONS)}"
    )
