"""Checkpoints: safetensors and JSON with hashes, written completely or not at all."""

import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pydantic import Field
from safetensors.torch import save_file
from torch import Tensor, nn

from mmcore.config.base import Frozen
from mmcore.data import Fingerprint
from mmcore.errors import MmcoreError
from mmcore.saving import check_finite, disk_errors, load_weights, read_tensors, save_weights
from mmcore.storage.documents import read_json
from mmcore.storage.files import TEMPORARY, atomic
from mmcore.storage.manifest import MANIFEST, Hashes, Manifest, check_files, hashes
from mmcore.storage.schemas import read_document, write_document
from mmcore.storage.versions import CHECKPOINT, STATE
from mmcore.training.restoring import (
    check_like,
    check_optimizer,
    check_schedule,
    in_memory_order,
)
from mmcore.training.serialization import pack, unpack
from mmcore.training.state import TrainingState, UpdateState, ValidationState

__all__ = [
    "CheckpointManifest",
    "Loaded",
    "Origin",
    "check_best",
    "load_best",
    "load_latest",
    "save_best",
    "save_checkpoint",
    "verified",
]

BEST, BEST_MANIFEST = "best.safetensors", "best.json"
MODEL, TENSORS, STATE_FILE = "model.safetensors", "optimizer.safetensors", "state.json"
TENSOR_FILES = (MODEL, TENSORS)
FILES = (*TENSOR_FILES, STATE_FILE)
KEEP = 2


@dataclass(frozen=True, slots=True)
class Origin:
    """The run and the data of a checkpoint.

    Arguments:
        run: by section of the configuration, its hash.
        data: fingerprint of the data.
    """

    run: Mapping[str, str] = field(default_factory=dict)
    data: Fingerprint = field(default_factory=Fingerprint)


@dataclass(frozen=True, slots=True)
class Loaded:
    """The result of loading a checkpoint.

    Arguments:
        data: fingerprint of the data with which it was written; None where it is unknown.
        skipped: a sentence for each checkpoint that cannot be used.
    """

    data: Fingerprint | None = None
    skipped: tuple[str, ...] = ()


class CheckpointManifest(Frozen):
    """The content of ``manifest.json`` of a checkpoint; run and data are unknown in format 1."""

    format: int = CHECKPOINT.newest
    files: Hashes
    run: dict[str, str] | None
    data: Fingerprint | None


class _State(Frozen):
    """The content of ``state.json``."""

    format: int = STATE.newest
    step: int = Field(ge=0)
    optimizer: Any
    schedule: Any
    scaler: Any
    validation: ValidationState | None
    updates: UpdateState = UpdateState()


def save_checkpoint(folder: Path, model: nn.Module, state: TrainingState, origin: Origin) -> None:
    """Write ``step-NNNNNNNN`` in ``folder`` and remove all checkpoints but the newest two.

    The files are written to a temporary folder and flushed to the disk, and then the folder is renamed:
    a run that is killed at any moment leaves a complete checkpoint or none.

    Raises:
        MmcoreError: a weight or a moment is not finite, or the optimizer or its schedule has state that
            cannot be stored.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for abandoned in folder.glob(f"{TEMPORARY}*"):
        shutil.rmtree(abandoned) if abandoned.is_dir() else abandoned.unlink()
    with atomic(folder / f"step-{state.step:08d}") as temporary:
        temporary.mkdir()
        _write(temporary, model, state, origin)
    for old in sorted(folder.glob("step-*"))[:-KEEP]:
        shutil.rmtree(old)


def _write(folder: Path, model: nn.Module, state: TrainingState, origin: Origin) -> None:
    tensors: dict[str, Tensor] = {}
    scaler = None if state.scaler is None else state.scaler.state_dict()
    document = {
        "format": STATE.newest,
        "step": state.step,
        "optimizer": pack(state.optimizer.state_dict(), tensors, "optimizer"),
        "schedule": pack(state.schedule.state_dict(), tensors, "schedule"),
        "scaler": pack(scaler, tensors, "scaler"),
        "validation": None if state.validation is None else asdict(state.validation),
        "updates": asdict(state.updates),
    }
    check_finite({**model.state_dict(), **tensors}, f"step {state.step} of the training")
    save_weights(model, folder / MODEL)
    with disk_errors(folder / TENSORS):
        save_file(tensors, folder / TENSORS)
    write_document(folder / STATE_FILE, document)
    files = hashes(folder, FILES)
    manifest = CheckpointManifest(files=files, run=dict(origin.run), data=origin.data)
    write_document(folder / MANIFEST, manifest)


def load_latest(
    folder: Path, model: nn.Module, state: TrainingState, run: Mapping[str, str] | None = None
) -> Loaded:
    """Load the newest checkpoint that can be used into ``model`` and ``state``, if there is one.

    Arguments:
        folder: of the checkpoints.
        model: receives the weights.
        state: receives step, optimizer, schedule and validation losses.
        run: hashes of the sections of the run's configuration; a checkpoint of another run is not used.

    Raises:
        MmcoreError: all checkpoints are those of another run.
    """
    skipped: list[str] = []
    foreign = 0
    for candidate in sorted(folder.glob("step-*"), reverse=True):
        try:
            manifest = verified(candidate)
            difference = _of_another_run(manifest, run)
            if difference:
                foreign += 1
                raise MmcoreError(f"it belongs to a run with another {difference}")
            _load(candidate, model, state)
        except MmcoreError as error:
            skipped.append(f"checkpoint '{candidate}' cannot be used ({error})")
            continue
        return Loaded(manifest.data, tuple(skipped))
    if foreign and foreign == len(skipped):
        raise MmcoreError(f"{skipped[0]}; restore config.yaml, or remove '{folder}' to start again")
    return Loaded(None, tuple(skipped))


def verified(checkpoint: Path) -> CheckpointManifest:
    """Return the manifest of a checkpoint whose files match it.

    Raises:
        MmcoreError: a file is missing or damaged.
    """
    path, is_old = checkpoint / MANIFEST, False
    if not path.exists():
        state = checkpoint / STATE_FILE  # format 1 has the hashes there
        document = read_json(state)
        is_old = isinstance(document, dict) and "sha256" in document
        path = state if is_old else path
    manifest = read_document(path, CheckpointManifest, CHECKPOINT)
    check_files(checkpoint, manifest.files, TENSOR_FILES if is_old else FILES)
    return manifest


def _of_another_run(manifest: CheckpointManifest, run: Mapping[str, str] | None) -> str:
    if manifest.run is None or run is None:
        return ""
    return ", ".join(name for name in run if manifest.run.get(name) != run[name])


def _load(checkpoint: Path, model: nn.Module, state: TrainingState) -> None:
    """Load a checkpoint; everything is checked before anything changes."""
    document = read_document(checkpoint / STATE_FILE, _State, STATE)
    tensors = dict(read_tensors(checkpoint / TENSORS))
    check_finite(tensors, f"'{checkpoint / TENSORS}'")
    optimizer, schedule, scaler = (
        unpack(part, tensors) for part in (document.optimizer, document.schedule, document.scaler)
    )
    check_optimizer(optimizer, state.optimizer)
    check_schedule(schedule, state.schedule, document.step)
    if scaler is not None and state.scaler is not None:
        check_like(scaler, state.scaler.state_dict(), "scaler")
    load_weights(model, checkpoint / MODEL)
    state.optimizer.load_state_dict(in_memory_order(optimizer, state.optimizer))
    state.schedule.load_state_dict(schedule)
    if scaler and state.scaler is not None:
        state.scaler.load_state_dict(scaler)
    state.step, state.validation = document.step, document.validation
    state.updates = document.updates


def save_best(folder: Path, model: nn.Module) -> None:
    """Write the weights with the lowest validation loss, completely or not at all.

    A run that continues from an older checkpoint repeats its steps, and writes the same weights again.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with atomic(folder / BEST) as temporary:
        save_weights(model, temporary)
    Manifest(files=hashes(folder, (BEST,))).write(folder / BEST_MANIFEST)


def load_best(folder: Path, model: nn.Module) -> None:
    """Load the weights with the lowest validation loss into ``model``.

    Raises:
        MmcoreError: they are missing or damaged.
    """
    check_best(folder)
    load_weights(model, folder / BEST)


def check_best(folder: Path) -> None:
    """Check the weights with the lowest validation loss.

    Raises:
        MmcoreError: they are missing or damaged.
    """
    try:
        if not (folder / BEST).is_file():
            raise MmcoreError(f"'{folder / BEST}' is missing")
        manifest = Manifest.read(folder / BEST_MANIFEST)
        if manifest is not None:
            check_files(folder, manifest.files, (BEST,))
    except MmcoreError as error:
        raise MmcoreError(
            f"{error}; remove '{folder}' and start mmcore train --resume again, which trains from the start"
            " to the same weights"
        ) from error
