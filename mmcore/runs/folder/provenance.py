"""The record of a run: versions, plug-ins, machine and data."""

import os
import platform
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from mmcore.config import RunConfig
from mmcore.data import Data
from mmcore.plugins import Catalogue
from mmcore.training.computation import Computation

__all__ = ["provenance"]

LIBRARIES = ("mmcore", "torch", "lightning-fabric", "numpy", "scikit-learn", "safetensors")


def provenance(
    config: RunConfig, catalogue: Catalogue, data: Data, computation: Computation
) -> dict[str, Any]:
    """Return the content of ``run.json``."""
    return {
        "data": data.kind,
        "data_root": None if data.root is None else str(data.root),
        "data_items": data.items,
        "data_notes": data.notes,
        "samples": {"train": len(data.train), "test": len(data.test)},
        "seed": config.seed,
        "training": {"steps": config.training.steps, "batch_size": config.training.batch_size},
        **asdict(computation),
        "host": {
            "name": platform.node(),
            "system": platform.platform(),
            "processor": _processor(),
            "cores": os.cpu_count(),
            "accelerator": torch.cuda.get_device_name() if torch.cuda.is_available() else None,
        },
        "versions": {"python": platform.python_version()}
        | {lib: version(lib) for lib in LIBRARIES},
        "plugins": [
            {
                "name": r.name,
                "distribution": r.distribution,
                "version": r.version,
                "status": r.status,
            }
            for r in catalogue.records
        ],
    }


def _processor() -> str:
    """Return the name of the processor, which `platform` does not give on Linux."""
    path = Path("/proc/cpuinfo")
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
