"""Posteriors over the content, by name."""

from mmcore.aggregators import Aggregator
from mmcore.encoding import Inference
from mmcore.errors import MmcoreError, nearest
from mmcore.fusion import Fusion, checked_weights
from mmcore.model import Model
from mmcore.plugins import Catalogue

__all__ = [
    "CONDITIONAL",
    "GENERATION",
    "INFERENCE",
    "WITH_PRIOR",
    "check_posterior",
    "named_posterior",
    "posterior_names",
]

GENERATION, INFERENCE, CONDITIONAL = "generation", "inference", "conditional"
WITH_PRIOR = "-with-prior"


def named_posterior(model: Model, name: str) -> Inference:
    """Return the posterior ``name`` over the content of a model.

    ``generation`` and ``inference`` are the posteriors of the model's method; ``conditional`` is that of the
    fitted conditional prior. Any other name is the name
    of an aggregator, which combines the unimodal experts with equal weights; the suffix ``-with-prior``
    adds the prior to the experts.

    Raises:
        MmcoreError: no aggregator has this name, the prior is not Gaussian and cannot be an expert, or no
            conditional prior is fitted.
    """
    if name == GENERATION:
        return model.generation
    if name == INFERENCE:
        return model.inference
    if name == CONDITIONAL:
        if model.conditional is None:
            raise MmcoreError(
                "the model has no conditional prior; fit one with mmcore prior fit RUN --conditional"
                " (docs/generation.md)"
            )
        return model.conditional
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
    return [GENERATION, INFERENCE, CONDITIONAL, *names, *(f"{name}{WITH_PRIOR}" for name in names)]
