"""The schema of ``run.json`` and ``summary.json``."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from mmcore.config.base import DataKind
from mmcore.data import Fingerprint
from mmcore.storage.versions import RUN

__all__ = ["RunRecord", "Summary"]


class _Record(BaseModel):
    """A document of which only some entries are read by mmcore."""

    model_config = ConfigDict(extra="allow", frozen=True)


class _Items(_Record):
    train: int
    test: int


class _Training(_Record):
    steps: int = 0
    batch_size: int = 0


class _Host(_Record):
    cores: int | None = None
    processor: str | None = None
    accelerator: str | None = None


class RunRecord(_Record):
    """Versions, plug-ins, machine and data of a run; what only pages show has a default."""

    format: int = RUN.newest
    data: DataKind
    data_root: str | None
    data_items: dict[str, _Items]
    data_notes: list[str] = Field([])
    fingerprint: Fingerprint | None = None
    accepted_changes: list[str] = Field([])
    seed: int = 0
    precision: str = ""
    training: _Training = _Training()
    processes: int = 1
    threads: int = 1
    host: _Host = _Host()
    versions: dict[str, str] = Field({})
    duration_seconds: float | None = None


class Summary(_Record):
    """Linear probes and warnings."""

    data: DataKind
    linear_probe: dict[str, float]
    warnings: list[str]
    last_metrics: dict[str, Any]
