"""Checkpoints: safetensors and JSON, written whole or not at all."""

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any
from uuid import uuid4

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.optim import Optimizer

from mmcore.saving import load_weights, save_weights
from mmcore.training.state import Look, TrainingState

__all__ = ["load_best", "load_latest", "save_best", "save_checkpoint"]

BEST = "best.safetensors"
MODEL, OPTIMIZER, STATE = "model.safetensors", "optimizer.safetensors", "state.json"
KEEP = 2


def save_checkpoint(folder: Path, model: nn.Module, state: TrainingState) -> None:
    """Write ``step-NNNNNNNN`` below ``folder`` and drop all but the newest two.

    Everything is written to a temporary folder and flushed to the disk, which then gets its name: a
    run that is killed at any moment leaves either a whole checkpoint or none.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for abandoned in folder.glob(".tmp-*"):
        shutil.rmtree(abandoned)
    temporary = folder / f".tmp-{uuid4().hex}"
    temporary.mkdir()
    optimizer = state.optimizer.state_dict()
    save_weights(model, temporary / MODEL)
    save_file(_flat(optimizer["state"]), temporary / OPTIMIZER)
    document = {
        "step": state.step,
        "param_groups": optimizer["param_groups"],
        "schedule": state.schedule.state_dict(),
        "look": None if state.look is None else asdict(state.look),
        "sha256": {name: _digest(temporary / name) for name in (MODEL, OPTIMIZER)},
    }
    (temporary / STATE).write_text(json.dumps(document, indent=1), encoding="utf-8")
    for path in (*temporary.iterdir(), temporary):
        _flush(path)
    final = folder / f"step-{state.step:08d}"
    if final.exists():
        shutil.rmtree(final)
    os.replace(temporary, final)
    _flush(folder)
    for old in sorted(folder.glob("step-*"))[:-KEEP]:
        shutil.rmtree(old)


def load_latest(folder: Path, model: nn.Module, state: TrainingState) -> list[str]:
    """Bring ``model`` and ``state`` to the newest whole checkpoint, or leave them if there is none.

    Returns:
        What is to be said of damaged checkpoints that were skipped.
    """
    skipped = []
    for candidate in sorted(folder.glob("step-*"), reverse=True):
        try:
            document = _verified(candidate)
        except (OSError, ValueError, KeyError) as error:
            skipped.append(f"checkpoint '{candidate}' is damaged ({error}); an older one is used")
            continue
        load_weights(model, candidate / MODEL)
        moments = _nested(load_file(candidate / OPTIMIZER), state.optimizer)
        groups = document["param_groups"]
        state.optimizer.load_state_dict({"state": moments, "param_groups": groups})
        state.schedule.load_state_dict(document["schedule"])
        state.step = document["step"]
        state.look = None if document["look"] is None else Look(**document["look"])
        return skipped
    return skipped


def save_best(folder: Path, model: nn.Module) -> None:
    """Write the weights that are the best so far, whole or not at all.

    A run that goes on from an older checkpoint takes the same steps again, and so writes them again.
    """
    folder.mkdir(parents=True, exist_ok=True)
    temporary = folder / f".{BEST}.tmp"
    save_weights(model, temporary)
    _flush(temporary)
    os.replace(temporary, folder / BEST)


def load_best(folder: Path, model: nn.Module) -> None:
    """Bring ``model`` to the best weights."""
    load_weights(model, folder / BEST)


def _verified(candidate: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((candidate / STATE).read_text(encoding="utf-8"))
    for name, digest in document["sha256"].items():
        if _digest(candidate / name) != digest:
            raise ValueError(f"{name} does not match its checksum")
    return document


def _flat(moments: Mapping[int, Mapping[str, Tensor]]) -> dict[str, Tensor]:
    return _contiguous(
        {f"{i}/{key}": t for i, by_key in moments.items() for key, t in by_key.items()}
    )


def _nested(flat: Mapping[str, Tensor], optimizer: Optimizer) -> dict[int, dict[str, Tensor]]:
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    moments: dict[int, dict[str, Tensor]] = {}
    for name, tensor in flat.items():
        index, _, key = name.partition("/")
        moments.setdefault(int(index), {})[key] = _laid_out_like(parameters[int(index)], tensor)
    return moments


def _laid_out_like(parameter: Tensor, moment: Tensor) -> Tensor:
    # A fused optimiser walks through memory: a moment in another memory order than its parameter
    # (channels last, say) would be mixed up without a word.
    if moment.shape != parameter.shape:
        return moment
    return torch.empty_like(parameter, dtype=moment.dtype, device="cpu").copy_(moment)


def _contiguous(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {
        name: tensor.detach().contiguous(memory_format=torch.contiguous_format)
        for name, tensor in tensors.items()
    }


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
