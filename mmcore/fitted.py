"""Files of the priors and the regression that are fitted after the training of a model."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from mmcore.config.base import Frozen
from mmcore.errors import MmcoreError
from mmcore.saving import disk_errors
from mmcore.storage.documents import parse_json
from mmcore.storage.files import atomic
from mmcore.storage.manifest import MANIFEST, Manifest, check_files, hashes

__all__ = [
    "CONDITIONAL_PRIOR",
    "FITTED_FILES",
    "GENERATION_PRIOR",
    "REGRESSION",
    "check_fitted",
    "header_in",
    "write_fitted",
]

GENERATION_PRIOR = "generation_prior.safetensors"
CONDITIONAL_PRIOR = "conditional_prior.safetensors"
REGRESSION = "regression.safetensors"
FITTED_FILES = {
    GENERATION_PRIOR: "fit the prior again with mmcore prior fit",
    CONDITIONAL_PRIOR: "fit the prior again with mmcore prior fit --conditional",
    REGRESSION: "copy the model again",
}
"""Files that a model may have or not, and the remedy if one is damaged."""
KEY, EARLIER_KEY = "description", "generation_prior"
"""Key of the description in the header of a file, and that of earlier versions."""


def write_fitted(
    folder: Path, name: str, description: Frozen | None, tensors: Mapping[str, Tensor]
) -> None:
    """Write what is fitted into the folder of a model, in place of an earlier file; None removes that.

    A process that is killed leaves the old file or the new one, and then no hashes of the model.

    Arguments:
        folder: of the model.
        name: one of `FITTED_FILES`.
        description: how it was fitted.
        tensors: its parameters, by name.
    """
    path = folder / name
    manifest = Manifest.read(folder / MANIFEST)
    (folder / MANIFEST).unlink(missing_ok=True)
    if description is None:
        path.unlink(missing_ok=True)
    else:
        header = {KEY: json.dumps(description.model_dump(mode="json"))}
        stored = {n: x.detach().cpu().contiguous() for n, x in tensors.items()}
        with disk_errors(path), atomic(path) as temporary:
            save_file(stored, temporary, header)
    if manifest is not None:
        kept = {other: own for other, own in manifest.files.items() if other != name}
        new = hashes(folder, [name] if description else [])
        Manifest(files={**kept, **new}).write(folder / MANIFEST)


def check_fitted(folder: Path) -> None:
    """Check the files of what is fitted, and compare them with their hashes, if there are any.

    Raises:
        MmcoreError: a file is missing or damaged.
    """
    for name in FITTED_FILES:
        header_in(folder, name)


def header_in(folder: Path, name: str) -> Any:
    """Check one of the `FITTED_FILES`, and return the document in its header; None without a file.

    Raises:
        MmcoreError: the file is missing or damaged.
    """
    path, manifest, remedy = folder / name, Manifest.read(folder / MANIFEST), FITTED_FILES[name]
    if manifest is not None and name in manifest.files:
        try:
            check_files(folder, manifest.files, (name,))
        except MmcoreError as error:
            raise MmcoreError(f"{error}; {remedy}") from error
    if not path.is_file():
        return None
    try:
        with safe_open(str(path), "pt") as file:
            metadata = file.metadata() or {}
    except (OSError, SafetensorError) as error:
        raise MmcoreError(f"'{path}' is damaged ({error}); {remedy}") from error
    header = metadata.get(KEY) or metadata.get(EARLIER_KEY, "")
    return parse_json(header, f"the header of {path}")
