"""JSON documents of plug-ins and components, shared by several commands."""

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mmcore.plugins import ComponentSpec, Diagnosis

__all__ = ["component_document", "lenient", "plugin_document"]


def lenient() -> dict[str, str]:
    """Return the environment in which errors of plug-ins are recorded and not raised."""
    return {**os.environ, "MMCORE_STRICT_PLUGINS": "0"}


def plugin_document(diagnosis: "Diagnosis") -> dict[str, Any]:
    """Return the document of one plug-in."""
    record = diagnosis.record
    return {
        "distribution": record.distribution,
        "version": record.version,
        "name": record.name,
        "module": record.module,
        "status": diagnosis.status,
        "error": diagnosis.error,
        "remedy": diagnosis.remedy,
        "components": [component_document(spec) for spec in record.components],
    }


def component_document(spec: "ComponentSpec") -> dict[str, Any]:
    """Return the document of one component."""
    return spec.model_dump(mode="json", exclude_none=True)
