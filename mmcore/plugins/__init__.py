"""Plug-ins: components are found through entry points of the group ``mmcore``, and in no other way.

A plug-in is an installed distribution with an entry point that names a light module, which does not
import torch. The module implements one hook::

    from mmcore.plugins import ComponentSpec, hookimpl

    @hookimpl
    def mmcore_components():
        return [ComponentSpec(kind="modality", name="mine", factory="my_package.modality:Mine")]
"""

from mmcore.plugins.catalogue import Catalogue
from mmcore.plugins.context import Context
from mmcore.plugins.diagnosis import Diagnosis, diagnose, examine
from mmcore.plugins.discovery import PluginRecord, discover, record_of
from mmcore.plugins.hookspecs import API_FLOOR, API_VERSION, hookimpl
from mmcore.plugins.spec import KINDS, ComponentSpec, Kind, Suggestion

__all__ = [
    "API_FLOOR",
    "API_VERSION",
    "KINDS",
    "Catalogue",
    "ComponentSpec",
    "Context",
    "Diagnosis",
    "Kind",
    "PluginRecord",
    "Suggestion",
    "diagnose",
    "discover",
    "examine",
    "hookimpl",
    "record_of",
]
