"""What a method is, and what their factories share."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mmcore.aggregators import Aggregator
from mmcore.codec import ModelContext
from mmcore.encoding import Inference
from mmcore.fusion import Fusion
from mmcore.objectives import Objective
from mmcore.plugins import Context

__all__ = ["Method", "ModelContext", "aggregator", "equally"]


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
    inference: Inference
    generation: Inference | None = None
    caveat: str = ""

    @property
    def is_lower_bound(self) -> bool:
        """Whether -loss is a lower bound of log p(X)."""
        return not self.caveat


def aggregator(context: Context, name: str, options: Mapping[str, Any]) -> Aggregator:
    """Return a new aggregator by name."""
    made: Aggregator = context.catalogue.make("aggregator", name, options, context)
    return made


def equally(made: Aggregator, context: ModelContext, *, prior: bool = False) -> Fusion:
    """Return a fusion in which all experts, and the prior if it is one, have the same weight."""
    weight = 1.0 if prior else None
    return Fusion(made, [1.0] * len(context.names), weight, context.codec.prior)
