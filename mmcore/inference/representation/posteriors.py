"""Posteriors over the content, by name."""

from mmcore.aggregators import Aggregator
from mmcore.encoding import Inference
from mmcore.errors import MmcoreError, nearest
from mmcore.fusion import Fusion, checked_weights
from mmcore.model import Model
from mmcore.plugins import Catalogue

__all__ = [
    "GENERATION",
    "INFERENCE",
    "WITH_PRIOR",
    "check_posterior",
    "named_posterior",
    "posterior_names",
]

GENERATION, INFERENCE = "generation", "inference"
WITH_PRIOR = "-with-prior"


def named_posterior(model: Model, name: str) -> Inference:
    """Return the posterior ``name`` over the content of a model.

    ``generation`` and ``inference`` are the posteriors of the model's method. Any other name is the name
    of an aggregator, which combines the unimodal experts with equal weights; the suffix ``-with-prior``
    adds the prior to the experts.

    Raises:
        MmcoreError: no aggregator has this name, or the prior is not Gaussian and cannot be an expert.
    """
    if name == GENERATION:
        return model.generation
    if name == INFERENCE:
        return model.inference
    check_posterior(name, model.context.catalogue)
    bare = name.removesuffix(WITH_PRIOR)
    aggregator: Aggregator = model.context.make("aggregator", bare, {})
    weights, prior = checked_weights(None, model.names)
    fusion = Fusion(aggregator, weights, prior if bare != name else None, model.prior)
    return fusion.to(model.device)


def check_posterior(name: str, catalogue: Catalogue) -> None:
    """Check that `named_posterior` accepts a name.

    Raises:
        MmcoreError: no aggregator of the catalogue has this name.
    """
    valid = posterior_names(catalogue)
    if name not in valid:
        raise MmcoreError(
            f"unknown posterior '{name}', expected one of {', '.join(valid)}{nearest(name, valid)}"
        )


def posterior_names(catalogue: Catalogue) -> list[str]:
    """Return every name that `named_posterior` accepts."""
    names = catalogue.names("aggregator")
    return [GENERATION, INFERENCE, *names, *(f"{name}{WITH_PRIOR}" for name in names)]
