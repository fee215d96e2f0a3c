"""Catalogues that hold what a test gives them, and nothing that is installed."""

from mmcore.plugins import Catalogue, ComponentSpec, PluginRecord
from mmcore.plugins.builtin import mmcore_components

__all__ = ["catalogue_of"]


def catalogue_of(*specs: ComponentSpec, distribution: str = "test-plugin") -> Catalogue:
    """Return a catalogue of the core's components and ``specs``; nothing is discovered."""
    core = PluginRecord("core", "mmcore", "0", "ok", tuple(mmcore_components()))
    return Catalogue([core, PluginRecord("test", distribution, "0", "ok", specs)])
