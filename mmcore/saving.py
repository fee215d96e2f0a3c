"""Models on disk: config.json, model.safetensors, and the hashes of both in manifest.json."""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from pydantic import BaseModel
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_model, save_model
from torch import Tensor, nn

from mmcore import __version__
from mmcore.config import ModelConfig
from mmcore.errors import MmcoreError
from mmcore.storage.manifest import MANIFEST, Manifest, check_files, hashes
from mmcore.storage.schemas import read_document, write_document
from mmcore.storage.versions import MODEL

__all__ = [
    "CONFIG",
    "WEIGHTS",
    "SavedModel",
    "check_finite",
    "disk_errors",
    "load_weights",
    "read_model",
    "read_tensors",
    "save_weights",
    "write_model",
]

OS_ERROR = re.compile(r"\(os error (\d+)\)")
CONFIG, WEIGHTS = "config.json", "model.safetensors"
FLOATS = (torch.float16, torch.bfloat16, torch.float32, torch.float64)


class _Document(BaseModel):
    """The content of ``config.json``."""

    format: int = MODEL.newest
    mmcore: str = __version__
    plugins: dict[str, str] = {}
    model: ModelConfig


@dataclass(frozen=True, slots=True)
class SavedModel:
    """The description of a saved model.

    Arguments:
        config: configuration of the model.
        weights: file of its parameters and buffers.
        origins: by component, the distribution and version that it was trained with.
    """

    config: ModelConfig
    weights: Path
    origins: Mapping[str, str]

    @property
    def versions(self) -> str:
        """The origins as text."""
        return ", ".join(f"{what} of {who}" for what, who in self.origins.items())


def write_model(
    folder: Path, config: ModelConfig, model: nn.Module, origins: Mapping[str, str]
) -> None:
    """Write a model to ``folder``.

    The hashes of an earlier model are removed first, and the new ones are written last.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MANIFEST).unlink(missing_ok=True)
    save_weights(model, folder / WEIGHTS)
    write_document(folder / CONFIG, _Document(plugins=dict(origins), model=config))
    Manifest(files=hashes(folder, (CONFIG, WEIGHTS))).write(folder / MANIFEST)


def read_model(folder: Path) -> SavedModel:
    """Return the description of the model in ``folder``.

    Raises:
        MmcoreError: there is no model, or it is damaged.
    """
    if not (folder / CONFIG).is_file() or not (folder / WEIGHTS).is_file():
        inner = folder / "model"  # of the folder of a run
        hint = f"; did you mean '{inner}'?" if (inner / CONFIG).is_file() else ""
        raise MmcoreError(
            f"'{folder}' has no model; expected the files {CONFIG} and {WEIGHTS}{hint}"
        )
    document = read_document(folder / CONFIG, _Document, MODEL)
    manifest = Manifest.read(folder / MANIFEST)
    if manifest is not None:
        try:
            check_files(folder, manifest.files, (CONFIG, WEIGHTS))
        except MmcoreError as error:
            raise MmcoreError(f"{error}; copy the model again") from error
    return SavedModel(document.model, folder / WEIGHTS, document.plugins)


def save_weights(model: nn.Module, path: Path) -> None:
    """Write the weights of a model; shared parameters are written once."""
    with disk_errors(path):
        save_model(model, str(path))


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Raise the error of a disk as OSError, where safetensors raises its own in the block.

    Arguments:
        path: the file that the block writes.
    """
    try:
        yield
    except SafetensorError as error:
        code = OS_ERROR.search(str(error))
        if code is None:
            raise
        number = int(code[1])
        raise OSError(number, os.strerror(number), str(path)) from error


def load_weights(model: nn.Module, path: Path) -> None:
    """Read the weights of a model; where they are refused, the model stays as it was.

    Raises:
        MmcoreError: the weights belong to another model, are not finite, or the file is damaged.
    """
    own = model.state_dict()
    stored = dict(read_tensors(path))
    difference = _difference(own, stored)
    if difference:
        raise MmcoreError(
            f"'{path}' has the weights of another model: {difference}; train it again, or install the"
            " versions that it was trained with"
        )
    check_finite({name: value.to(own[name].dtype) for name, value in stored.items()}, f"'{path}'")
    del stored
    load_model(model, str(path))


def read_tensors(path: Path) -> Iterator[tuple[str, Tensor]]:
    """Yield the name and the value of each tensor in a file, on the CPU.

    Raises:
        MmcoreError: the file cannot be read, or is damaged.
    """
    try:
        with safe_open(str(path), "pt") as file:
            for name in file.keys():  # noqa: SIM118, the file is no dictionary
                yield name, file.get_tensor(name)
    except (OSError, SafetensorError) as error:
        raise MmcoreError(f"'{path}' is damaged ({error}); copy it again") from error


def check_finite(tensors: Mapping[str, Tensor], where: str) -> None:
    """Check that all numbers are finite; the host waits for the device once.

    Raises:
        MmcoreError: a tensor has a number that is not finite.
    """
    floating = {name: value for name, value in tensors.items() if value.is_floating_point()}
    finite = [value.isfinite().all() for value in floating.values()]
    for name, is_finite in zip(
        floating, torch.stack(finite).tolist() if finite else (), strict=True
    ):
        if not is_finite:
            raise MmcoreError(
                f"{where} has numbers that are not finite in '{name}'; use an earlier checkpoint, or train"
                " again with a smaller --learning-rate"
            )


def _difference(own: Mapping[str, Tensor], stored: Mapping[str, Any]) -> str:
    """Return what differs between the weights of the model and those of a file, in one clause."""
    wrong = [name for name, value in stored.items() if name in own and not _fits(value, own[name])]
    if wrong:
        first, mine = stored[wrong[0]], own[wrong[0]]
        more = f", and {len(wrong) - 1} more differ" if len(wrong) > 1 else ""
        of = "shape" if first.shape != mine.shape else "type"
        values = [tuple(v.shape) if of == "shape" else v.dtype for v in (first, mine)]
        return (
            f"'{wrong[0]}' has the {of} {values[0]} in the file and {values[1]} in the model{more}"
        )
    # Weights that share memory are stored once, under one of their names.
    shared = {own[name].data_ptr() for name in stored if name in own}
    for name, value in own.items():
        if name not in stored and value.data_ptr() not in shared:
            return f"'{name}' is missing in the file"
    return "".join(f"the model has no '{name}'" for name in list(stored.keys() - own.keys())[:1])


def _fits(stored: Tensor, own: Tensor) -> bool:
    """Return whether shape and kind of number are the same; floats may have another precision."""
    if own.is_floating_point():
        return stored.shape == own.shape and stored.dtype in FLOATS
    return stored.shape == own.shape and stored.dtype == own.dtype
