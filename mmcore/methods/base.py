"""Methods, and the functions that their factories share."""

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
    """An objective, and the posteriors over the content given a subset of the modalities.

    Arguments:
        objective: the loss.
        inference: q(c | x_K), for representations.
        generation: q(c | x_K), for generation from a subset; `inference` if None.
        caveat: why -loss is not a lower bound of log p(X) with these settings, in a clause; empty if it
            is one.
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
    mean: Aggregator = context.make("aggregator", name, options)
    return mean


def equally(mean: Aggregator, context: ModelContext, *, prior: bool = False) -> Fusion:
    """Return a fusion in which all experts, and the prior if it is one of them, have equal weights."""
    weight = 1.0 if prior else None
    return Fusion(mean, [1.0] * len(context.names), weight, context.codec.prior)
