"""What a method is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mmcore.aggregators import Aggregator
from mmcore.fusion import Fusion
from mmcore.modality import Modality
from mmcore.objectives import Objective

if TYPE_CHECKING:
    from mmcore.plugins import Catalogue

__all__ = ["Method", "MethodContext", "aggregator"]


@dataclass(frozen=True, slots=True)
class MethodContext:
    """What the factory of a method may build on.

    Arguments:
        modalities: the modalities by name.
        style_dims: size of each one's own subspace.
        content_dim: size D of the shared latent variable.
        catalogue: where other components, such as aggregators, are found by name.
    """

    modalities: Mapping[str, Modality]
    style_dims: Mapping[str, int]
    content_dim: int
    catalogue: "Catalogue"


@dataclass(frozen=True, slots=True)
class Method:
    """A named bundle: what is minimised, and how a subset of modalities is inferred from.

    Arguments:
        objective: what is minimised.
        inference: posterior over the content given whatever is there.
        is_lower_bound: whether -loss is a lower bound of log p(X) with the settings at hand.
        caveat: why it is not, in a clause, or nothing.
    """

    objective: Objective
    inference: Fusion
    is_lower_bound: bool
    caveat: str = ""


def aggregator(catalogue: "Catalogue", name: str) -> Aggregator:
    """Return a new aggregator by name, with its default options."""
    options = catalogue.settings("aggregator", name, {}).model_dump()
    made: Aggregator = catalogue.load("aggregator", name)(**options)
    return made
