"""The posteriors from which an evaluation generates or proposes, by name."""

from mmcore.aggregators import Aggregator
from mmcore.encoding import Inference
from mmcore.errors import MmcoreError, nearest
from mmcore.fusion import Fusion, checked_weights
from mmcore.model import Model

__all__ = [
    "COMPARED",
    "GENERATION",
    "INFERENCE",
    "WITH_PRIOR",
    "named_posterior",
    "posterior_names",
]

GENERATION, INFERENCE = "generation", "inference"
WITH_PRIOR = "-with-prior"
COMPARED = (
    GENERATION,
    INFERENCE,
    f"geometric{WITH_PRIOR}",
    f"product{WITH_PRIOR}",
    "product",
    "mixture",
)
"""The posteriors whose coherence an evaluation compares."""


def named_posterior(model: Model, name: str) -> Inference:
    """Return the posterior ``name`` over the content of a model.

    ``generation`` and ``inference`` are those of the model's method. Any other name is that of an
    aggregator, which weighs the experts equally, with ``-with-prior`` after it if the prior is one of
    them.

    Raises:
        MmcoreError: there is no such aggregator.
    """
    if name == GENERATION:
        return model.generation
    if name == INFERENCE:
        return model.inference
    known, bare = posterior_names(model), name.removesuffix(WITH_PRIOR)
    if name not in known:
        raise MmcoreError(
            f"unknown fusion '{name}', expected one of {', '.join(known)}{nearest(name, known)}"
        )
    aggregator: Aggregator = model.context.catalogue.make("aggregator", bare, {}, model.context)
    weights, prior = checked_weights(None, model.names)
    fusion = Fusion(aggregator, weights, prior if bare != name else None, model.prior)
    return fusion.to(model.device)


def posterior_names(model: Model) -> list[str]:
    """Return every name that `named_posterior` accepts."""
    names = model.context.catalogue.names("aggregator")
    return [GENERATION, INFERENCE, *names, *(f"{name}{WITH_PRIOR}" for name in names)]
