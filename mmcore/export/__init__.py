"""Encoders and decoders of a trained model as files for other programs, see ``mmcore export``."""

from mmcore.export.export import export_model
from mmcore.export.formats import FORMATS
from mmcore.export.manifest import ExportManifest

__all__ = ["FORMATS", "ExportManifest", "export_model"]
