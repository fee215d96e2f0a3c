"""Catalogues that hold what a test gives them, and nothing that is installed."""

from mmcore.plugins import Catalogue, ComponentSpec, PluginRecord
from mmcore.plugins.builtin import mmcore_components

__all__ = ["VECTORS", "catalogue_of"]

VECTORS = tuple(
    ComponentSpec(
        kind="modality",
        name=name,
        factory="mmcore.testing.linear_gaussian:LinearGaussian",
        settings="mmcore.testing.linear_gaussian:LinearGaussianSettings",
        dataset="mmcore.testing.vectors:VectorData",
    )
    for name in ("vector-a", "vector-b")
)
"""Two small modalities with synthetic data, to try aggregators, objectives and methods on."""


def catalogue_of(*specs: ComponentSpec, distribution: str = "test-plugin") -> Catalogue:
    """Return a catalogue of the core's components and ``specs``; nothing is discovered."""
    core = PluginRecord("core", "mmcore", "0", "ok", tuple(mmcore_components()))
    return Catalogue([core, PluginRecord("test", distribution, "0", "ok", specs)])
