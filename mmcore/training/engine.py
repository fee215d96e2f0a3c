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
    """Mixed precision without the engine's cast of the inputs.

    733.48 is 732 in bfloat16, so a column with a smaller variation would be lost before the first
    network. Autocast chooses the precision of each operation.
    """

    def convert_input(self, data: Any) -> Any:
        return data


def make_fabric(config: TrainingConfig) -> Any:
    """Return a launched Fabric: one process, or the processes that torchrun has started.

    Raises:
        MmcoreError: the rows of a step cannot be split equally.
    """
    world = int(os.environ.get("WORLD_SIZE", "1"))
    _check_batch_size(config.batch_size, world, config.accumulate)
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
    mixed = fabric.strategy.precision
    if isinstance(mixed, MixedPrecision):
        fabric.strategy.precision = _ExactValues(mixed.precision, mixed.device, mixed.scaler)
    fabric.launch()
    return fabric


def resolved_precision(config: TrainingConfig) -> str:
    """Return the chosen precision; for ``auto``, bf16 autocast where the hardware supports it."""
    if config.precision != "auto":
        return config.precision
    on_gpu = config.accelerator in ("auto", "gpu", "cuda") and torch.cuda.is_available()
    if on_gpu:
        return "bf16-mixed" if torch.cuda.is_bf16_supported() else "32-true"
    return "bf16-mixed" if torch.cpu._is_avx512_bf16_supported() else "32-true"


def _check_batch_size(rows: int, processes: int, micros: int) -> None:
    parts = processes * micros
    if rows % parts:
        raise MmcoreError(
            f"batch size {rows} cannot be split into {parts} equal parts ({processes} processes, {micros}"
            f" micro-batches each); use a multiple of {parts}, such as {-(-rows // parts) * parts}"
        )
