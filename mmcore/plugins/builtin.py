"""The core's own components, offered through the same hook as everyone's."""

from mmcore.plugins.hookspecs import hookimpl
from mmcore.plugins.spec import ComponentSpec

__all__ = ["mmcore_components"]


@hookimpl
def mmcore_components() -> list[ComponentSpec]:
    """Return the aggregators and methods of the core."""
    return [
        ComponentSpec(
            kind="aggregator",
            name="geometric",
            factory="mmcore.aggregators.geometric:GeometricMean",
            summary="weighted geometric mean, normalised",
            reference="Sutter, Daunhawer, Vogt (2020), Definition 3",
        ),
        ComponentSpec(
            kind="aggregator",
            name="product",
            factory="mmcore.aggregators.product:ProductOfExperts",
            summary="product of experts",
            reference="Wu, Goodman (2018)",
        ),
        ComponentSpec(
            kind="aggregator",
            name="mixture",
            factory="mmcore.aggregators.mixture:MixtureOfExperts",
            summary="weighted arithmetic mean: a mixture",
            reference="Shi, Siddharth, Paige, Torr (2019)",
        ),
        ComponentSpec(
            kind="method",
            name="mmjsd",
            factory="mmcore.methods.mmjsd:mmjsd",
            settings="mmcore.methods.settings:MmJsdSettings",
            summary="multimodal Jensen-Shannon divergence with a dynamic prior",
            reference="Sutter, Daunhawer, Vogt (2020), Eq. 10",
        ),
    ]
