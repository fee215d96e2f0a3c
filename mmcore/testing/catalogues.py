"""Catalogues of given components, without installed plug-ins."""

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
"""Two small modalities with synthetic data, with which other components can be trained."""


def catalogue_of(*specs: ComponentSpec, distribution: str = "test-plugin") -> Catalogue:
    """Return a catalogue of the core's components and ``specs``, without discovering plug-ins."""
    core = PluginRecord("core", "mmcore", "0", "ok", tuple(mmcore_components()))
    return Catalogue([core, PluginRecord("test", distribution, "0", "ok", specs)])
