"""Checkpoints: safetensors and JSON, written atomically."""

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.optim import Optimizer

from mmcore.files import TEMPORARY, atomic
from mmcore.saving import load_weights, save_weights
from mmcore.training.state import Look, TrainingState

__all__ = ["load_best", "load_latest", "save_best", "save_checkpoint"]

BEST = "best.safetensors"
MODEL, OPTIMIZER, STATE = "model.safetensors", "optimizer.safetensors", "state.json"
KEEP = 2


def save_checkpoint(folder: Path, model: nn.Module, state: TrainingState) -> None:
    """Write ``step-NNNNNNNN`` below ``folder`` and delete all but the newest two.

    A run that is killed at any moment leaves either a complete checkpoint or none.
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
    optimizer = state.optimizer.state_dict()
    save_weights(model, folder / MODEL)
    save_file(_flat(optimizer["state"]), folder / OPTIMIZER)
    document = {
        "step": state.step,
        "param_groups": optimizer["param_groups"],
        "schedule": state.schedule.state_dict(),
        "look": None if state.look is None else asdict(state.look),
        "sha256": {name: _digest(folder / name) for name in (MODEL, OPTIMIZER)},
    }
    (folder / STATE).write_text(json.dumps(document, indent=1), encoding="utf-8")


def load_latest(folder: Path, model: nn.Module, state: TrainingState) -> list[str]:
    """Load the newest complete checkpoint into ``model`` and ``state``; without one they are unchanged.

    Returns:
        A message for each damaged checkpoint that was skipped.
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
    """Write the best weights so far, atomically.

    A run that is resumed from an older checkpoint repeats the same steps and writes the same weights.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with atomic(folder / BEST) as temporary:
        save_weights(model, temporary)


def load_best(folder: Path, model: nn.Module) -> None:
    """Load the best weights into ``model``."""
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
    # A fused optimizer iterates over memory: a moment in another memory format than its parameter
    # (such as channels last) would silently be permuted.
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
