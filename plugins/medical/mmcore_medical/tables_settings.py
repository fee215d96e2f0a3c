"""Options of the modalities ``labs`` and ``omics``: those of ``table``."""

from mmcore_table.settings import TableSettings

__all__ = ["TableSettings"]
