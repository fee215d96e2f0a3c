"""The generation prior of a model: a prior that is fitted to its aggregate posterior, and its file."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, final

from pydantic import Field
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from mmcore import __version__
from mmcore.config.base import Frozen
from mmcore.errors import MmcoreError
from mmcore.plugins import Context
from mmcore.priors.base import Prior
from mmcore.priors.latent import IndependentPrior, JointPrior, LatentPrior
from mmcore.saving import disk_errors, load_weights
from mmcore.storage.documents import parse_json
from mmcore.storage.files import atomic
from mmcore.storage.manifest import MANIFEST, Manifest, check_files, hashes
from mmcore.storage.schemas import Versions, validated

__all__ = [
    "GENERATION_PRIOR",
    "GenerationPrior",
    "PriorDescription",
    "check_generation_prior",
    "made",
    "read_generation_prior",
    "write_generation_prior",
]

GENERATION_PRIOR = "generation_prior.safetensors"
KEY = "generation_prior"
FORMAT = Versions({})


class PriorDescription(Frozen):
    """How a generation prior was made; it is in the header of its file."""

    format: int = FORMAT.newest
    mmcore: str = __version__
    kind: str = Field(description="name of the prior")
    options: dict[str, Any] = Field({}, description="options of that prior")
    covers: Literal["content", "all"] = Field(
        description="content alone, with the style priors of the training, or content and styles"
    )
    rows: int = Field(0, description="training samples that it was fitted to")
    held_out: dict[str, float] = Field(
        {}, description="nats: mean log p(c, s) of held-out training samples, by prior"
    )

    @property
    def title(self) -> str:
        """Kind and what it covers."""
        over = "content" if self.covers == "content" else "content and styles"
        return f"{self.kind} over {over}"

    def __str__(self) -> str:
        options = "".join(f", {name} {value}" for name, value in self.options.items())
        each = ", ".join(f"{name} {value:.1f}" for name, value in self.held_out.items())
        return f"{self.title}{options} (mean log p(c, s) of held-out training samples: {each})"


@final
@dataclass(frozen=True, slots=True)
class GenerationPrior:
    """A fitted prior of a model.

    Arguments:
        description: how it was made.
        prior: over the content, or over content and styles side by side.
        latent: the same as a distribution of all latent variables.
    """

    description: PriorDescription
    prior: Prior
    latent: LatentPrior


def made(
    description: PriorDescription, context: Context, training: IndependentPrior
) -> GenerationPrior:
    """Return a generation prior that is not fitted.

    Arguments:
        description: kind, options and what it covers.
        context: of the model.
        training: the priors of the training.

    Raises:
        MmcoreError: there is no such prior, or an option is not valid.
    """
    size, styles = context.content_dim, context.style_dims
    if description.covers == "all":
        size += sum(styles.values())
    own = Context(
        content_dim=size, style_dims=styles, seed=context.seed, catalogue=context.catalogue
    )
    prior: Prior = own.make("prior", description.kind, description.options)
    latent: LatentPrior = (
        JointPrior(prior, context.content_dim, styles)
        if description.covers == "all"
        else IndependentPrior(prior, training.styles)
    )
    return GenerationPrior(description, prior.eval(), latent)


def write_generation_prior(folder: Path, generation: GenerationPrior | None) -> None:
    """Write the prior into the folder of a model, in place of an earlier one; None removes that.

    A process that is killed leaves the old file or the new one, and then no hashes of the model.
    """
    path = folder / GENERATION_PRIOR
    manifest = Manifest.read(folder / MANIFEST)
    (folder / MANIFEST).unlink(missing_ok=True)
    if generation is None:
        path.unlink(missing_ok=True)
    else:
        header = {KEY: json.dumps(generation.description.model_dump(mode="json"))}
        tensors = {
            n: x.detach().cpu().contiguous() for n, x in generation.prior.state_dict().items()
        }
        with disk_errors(path), atomic(path) as temporary:
            save_file(tensors, temporary, header)
    if manifest is not None:
        kept = {name: own for name, own in manifest.files.items() if name != path.name}
        new = hashes(folder, [path.name] if generation else [])
        Manifest(files={**kept, **new}).write(folder / MANIFEST)


def read_generation_prior(
    folder: Path, context: Context, training: IndependentPrior
) -> GenerationPrior | None:
    """Return the prior in the folder of a model; None if it has none.

    Raises:
        MmcoreError: the file is damaged, or the prior is not installed.
    """
    path = folder / GENERATION_PRIOR
    check_generation_prior(folder)
    if not path.is_file():
        return None
    generation = made(_described(path), context, training)
    load_weights(generation.prior.requires_grad_(False), path)
    return generation


def check_generation_prior(folder: Path) -> None:
    """Check the file of the prior, and compare it with its hash, where the folder of the model has one.

    Raises:
        MmcoreError: the file is missing or damaged.
    """
    manifest = Manifest.read(folder / MANIFEST)
    if manifest is not None and GENERATION_PRIOR in manifest.files:
        try:
            check_files(folder, manifest.files, (GENERATION_PRIOR,))
        except MmcoreError as error:
            raise MmcoreError(f"{error}; fit the prior again with mmcore prior fit") from error
    if (folder / GENERATION_PRIOR).is_file():
        _described(folder / GENERATION_PRIOR)


def _described(path: Path) -> PriorDescription:
    try:
        with safe_open(str(path), "pt") as file:
            header = (file.metadata() or {}).get(KEY, "")
    except (OSError, SafetensorError) as error:
        raise MmcoreError(
            f"'{path}' is damaged ({error}); fit the prior again with mmcore prior fit"
        ) from error
    document = parse_json(header, f"the header of {path}")
    return validated(document, PriorDescription, f"the header of '{path}'", FORMAT)
