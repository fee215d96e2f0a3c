"""Devices, precision and processes, through lightning-fabric."""

import logging
import os
from typing import Any

import torch
from lightning_fabric import Fabric
from lightning_fabric.plugins import MixedPrecision

from mmcore.config import TrainingConfig
from mmcore.errors import MmcoreError

__all__ = ["make_fabric", "resolved_precision"]


class _ExactValues(MixedPrecision):  # type: ignore[misc]
    """Mixed precision that leaves what is measured alone; the engine's own casts it too.

    733.48 is 732 in bfloat16, and a column that varies by less would be lost before any network saw
    it. Autocast chooses for each operation what it computes in.
    """

    def convert_input(self, data: Any) -> Any:
        return data


def make_fabric(config: TrainingConfig) -> Any:
    """Return a launched Fabric: one process, or those that torchrun has started.

    Raises:
        MmcoreError: the rows of a step cannot be shared equally by the processes.
    """
    world = int(os.environ.get("WORLD_SIZE", "1"))
    if config.batch_size % world:
        raise MmcoreError(
            f"batch size {config.batch_size} cannot be shared by {world} processes; use a multiple, "
            f"such as {-(-config.batch_size // world) * world}"
        )
    several: dict[str, Any] = {}
    if world > 1:
        local = int(os.environ.get("LOCAL_WORLD_SIZE", world))
        several = {"strategy": "ddp", "num_nodes": world // local, "devices": local}
    logging.getLogger("lightning_fabric").setLevel(logging.WARNING)
    fabric = Fabric(
        accelerator=config.accelerator,
        precision=resolved_precision(config),
        **{"devices": 1, **several},
    )
    made = fabric.strategy.precision
    if isinstance(made, MixedPrecision):
        fabric.strategy.precision = _ExactValues(made.precision, made.device, made.scaler)
    fabric.launch()
    return fabric


def resolved_precision(config: TrainingConfig) -> str:
    """Return the precision: bf16 autocast where the hardware has it, unless one is chosen."""
    if config.precision != "auto":
        return config.precision
    on_gpu = config.accelerator in ("auto", "gpu", "cuda") and torch.cuda.is_available()
    if on_gpu:
        return "bf16-mixed" if torch.cuda.is_bf16_supported() else "32-true"
    return "bf16-mixed" if torch.cpu._is_avx512_bf16_supported() else "32-true"
