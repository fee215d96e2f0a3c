"""What a method is, and what their factories share."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mmcore.aggregators import Aggregator
from mmcore.fusion import Fusion
from mmcore.modality import Modality
from mmcore.objectives import Objective

if TYPE_CHECKING:
    from mmcore.plugins import Catalogue

__all__ = ["Method", "MethodContext", "aggregator", "equally"]


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
        inference: posterior over the content given whatever is there, for representations.
        generation: the same for generating from it; None for the same fusion.
        caveat: why -loss is no lower bound of log p(X) with the settings at hand, in a clause; empty
            if it is one.
    """

    objective: Objective
    inference: Fusion
    generation: Fusion | None = None
    caveat: str = ""

    @property
    def is_lower_bound(self) -> bool:
        """Whether -loss is a lower bound of log p(X)."""
        return not self.caveat


def aggregator(
    catalogue: "Catalogue", name: str, options: Mapping[str, Any] | None = None
) -> Aggregator:
    """Return a new aggregator by name."""
    settings = catalogue.settings("aggregator", name, options or {})
    made: Aggregator = catalogue.load("aggregator", name)(**settings.model_dump())
    return made


def equally(made: Aggregator, context: MethodContext, *, prior: bool = False) -> Fusion:
    """Return a fusion in which all experts, and the prior if it is one, have the same weight."""
    return Fusion(made, [1.0] * len(context.modalities), 1.0 if prior else None)
