"""The files of what is fitted after the training, priors and a regression, beside the weights of a model."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from mmcore import __version__
from mmcore.config.base import Frozen
from mmcore.errors import MmcoreError
from mmcore.saving import disk_errors
from mmcore.storage.documents import parse_json
from mmcore.storage.files import atomic
from mmcore.storage.manifest import MANIFEST, Manifest, check_files, hashes
from mmcore.storage.schemas import Versions, validated

__all__ = [
    "CONDITIONAL_PRIOR",
    "FITTED",
    "GENERATION_PRIOR",
    "REGRESSION",
    "PriorDescription",
    "check_priors",
    "description_in",
    "discard_damaged",
    "header_in",
    "write_fitted",
]

GENERATION_PRIOR = "generation_prior.safetensors"
CONDITIONAL_PRIOR = "conditional_prior.safetensors"
REGRESSION = "regression.safetensors"
FITTED = (GENERATION_PRIOR, CONDITIONAL_PRIOR, REGRESSION)
"""Files that a model may have or not."""
KEY = "generation_prior"
FORMAT = Versions({})


class PriorDescription(Frozen):
    """How a prior was fitted; it is in the header of its file."""

    format: int = FORMAT.newest
    mmcore: str = __version__
    kind: str = Field(description="name of the prior")
    options: dict[str, Any] = Field({}, description="options of that prior")
    covers: Literal["content", "all"] = Field(
        description="content alone, with the style priors of the training, or content and styles"
    )
    rows: int = Field(0, description="training samples that it was fitted to")
    held_out: dict[str, float] = Field(
        {}, description="nats: mean log density of held-out training samples, by prior"
    )

    @property
    def title(self) -> str:
        """Kind and what it covers."""
        over = "content" if self.covers == "content" else "content and styles"
        return f"{self.kind} over {over}"

    def __str__(self) -> str:
        options = "".join(f", {name} {value}" for name, value in self.options.items())
        each = ", ".join(f"{name} {value:.1f}" for name, value in self.held_out.items())
        return f"{self.title}{options} (mean log density of held-out training samples: {each})"


def write_fitted(
    folder: Path, name: str, description: Frozen | None, tensors: Mapping[str, Tensor]
) -> None:
    """Write what is fitted into the folder of a model, in place of an earlier file; None removes that.

    A process that is killed leaves the old file or the new one, and then no hashes of the model.

    Arguments:
        folder: of the model.
        name: one of `FITTED`.
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


def check_priors(folder: Path) -> None:
    """Check the files of what is fitted, and compare them with their hashes, if there are any.

    Raises:
        MmcoreError: a file is missing or damaged.
    """
    for name in FITTED:
        header_in(folder, name)


def description_in(folder: Path, name: str) -> PriorDescription | None:
    """Check the file of a prior as `check_priors` does, and return its description; None without a file.

    Raises:
        MmcoreError: the file is missing or damaged.
    """
    header = header_in(folder, name)
    if header is None:
        return None
    return validated(header, PriorDescription, f"the header of '{folder / name}'", FORMAT)


def header_in(folder: Path, name: str) -> Any:
    """Check one of the `FITTED` files, and return the document in its header; None without a file.

    Raises:
        MmcoreError: the file is missing or damaged.
    """
    path, manifest = folder / name, Manifest.read(folder / MANIFEST)
    if manifest is not None and name in manifest.files:
        try:
            check_files(folder, manifest.files, (name,))
        except MmcoreError as error:
            raise MmcoreError(f"{error}; {_remedy(name)}") from error
    if not path.is_file():
        return None
    try:
        with safe_open(str(path), "pt") as file:
            header = (file.metadata() or {}).get(KEY, "")
    except (OSError, SafetensorError) as error:
        raise MmcoreError(f"'{path}' is damaged ({error}); {_remedy(name)}") from error
    return parse_json(header, f"the header of {path}")


def discard_damaged(folder: Path, name: str) -> None:
    """Remove the file of a prior if it is damaged, so that the model can be read and another one fitted."""
    try:
        description_in(folder, name)
    except MmcoreError:
        write_fitted(folder, name, None, {})


def _remedy(name: str) -> str:
    if name == REGRESSION:
        return "copy the model again"
    option = " --conditional" if name == CONDITIONAL_PRIOR else ""
    return f"fit the prior again with mmcore prior fit{option}"
