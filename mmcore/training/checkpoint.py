"""Checkpoints: safetensors and JSON, written completely or not at all."""

import hashlib
import json
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.optim import Optimizer

from mmcore.files import TEMPORARY, atomic
from mmcore.saving import load_weights, save_weights
from mmcore.training.serialization import pack, unpack
from mmcore.training.state import TrainingState, ValidationState

__all__ = ["in_memory_order", "load_best", "load_latest", "save_best", "save_checkpoint"]

BEST = "best.safetensors"
MODEL, TENSORS, STATE = "model.safetensors", "optimizer.safetensors", "state.json"
KEEP = 2


def save_checkpoint(folder: Path, model: nn.Module, state: TrainingState) -> None:
    """Write ``step-NNNNNNNN`` in ``folder`` and remove all checkpoints but the newest two.

    The files are written to a temporary folder and flushed to the disk, and then the folder is renamed:
    a run that is killed at any moment leaves a complete checkpoint or none.

    Raises:
        MmcoreError: the optimizer or its schedule has state that cannot be stored.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for abandoned in folder.glob(f"{TEMPORARY}*"):
        shutil.rmtree(abandoned) if abandoned.is_dir() else abandoned.unlink()
    with atomic(folder / f"step-{state.step:08d}") as temporary:
        temporary.mkdir()
        _write(temporary, model, state)
    for old in sorted(folder.glob("step-*"))[:-KEEP]:
        shutil.rmtree(old)


def _write(folder: Path, model: nn.Module, state: TrainingState) -> None:
    tensors: dict[str, Tensor] = {}
    document = {
        "step": state.step,
        "optimizer": pack(state.optimizer.state_dict(), tensors, "optimizer"),
        "schedule": pack(state.schedule.state_dict(), tensors, "schedule"),
        "validation": None if state.validation is None else asdict(state.validation),
    }
    save_weights(model, folder / MODEL)
    save_file(tensors, folder / TENSORS)
    document["sha256"] = {name: _digest(folder / name) for name in (MODEL, TENSORS)}
    (folder / STATE).write_text(json.dumps(document, indent=1), encoding="utf-8")


def load_latest(folder: Path, model: nn.Module, state: TrainingState) -> list[str]:
    """Load the newest complete checkpoint into ``model`` and ``state``, if there is one.

    Returns:
        One sentence for each damaged checkpoint that was skipped.
    """
    skipped = []
    for candidate in sorted(folder.glob("step-*"), reverse=True):
        try:
            document = _verified(candidate)
        except (OSError, ValueError, KeyError) as error:
            skipped.append(f"checkpoint '{candidate}' is damaged ({error}); an older one is used")
            continue
        load_weights(model, candidate / MODEL)
        tensors = load_file(candidate / TENSORS)
        optimizer = unpack(document["optimizer"], tensors)
        state.optimizer.load_state_dict(in_memory_order(optimizer, state.optimizer))
        state.schedule.load_state_dict(unpack(document["schedule"], tensors))
        state.step, validation = document["step"], document["validation"]
        state.validation = None if validation is None else ValidationState(**validation)
        return skipped
    return skipped


def save_best(folder: Path, model: nn.Module) -> None:
    """Write the weights with the lowest validation loss, completely or not at all.

    A run that continues from an older checkpoint repeats its steps, and writes the same weights again.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with atomic(folder / BEST) as temporary:
        save_weights(model, temporary)


def load_best(folder: Path, model: nn.Module) -> None:
    """Load the weights with the lowest validation loss into ``model``."""
    load_weights(model, folder / BEST)


def _verified(candidate: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((candidate / STATE).read_text(encoding="utf-8"))
    for name, digest in document["sha256"].items():
        if _digest(candidate / name) != digest:
            raise ValueError(f"{name} does not match its checksum")
    return document


def in_memory_order(saved: dict[str, Any], optimizer: Optimizer) -> dict[str, Any]:
    """Return the state with each tensor in the memory order of its parameter.

    A fused optimizer walks through memory: a moment in another order than its parameter, such as
    channels last, would be applied to the wrong weights.
    """
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    state = {
        index: {key: _laid_out_like(parameters[index], value) for key, value in moments.items()}
        for index, moments in saved["state"].items()
    }
    return {**saved, "state": state}


def _laid_out_like(parameter: Tensor, value: Any) -> Any:
    if not isinstance(value, Tensor) or value.shape != parameter.shape:
        return value
    return torch.empty_like(parameter, dtype=value.dtype, device="cpu").copy_(value)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
