"""The generation prior of a model: a prior that is fitted to its aggregate posterior."""

from dataclasses import dataclass
from pathlib import Path
from typing import final

from mmcore.fitted import GENERATION_PRIOR, write_fitted
from mmcore.plugins import Context
from mmcore.priors.base import Prior
from mmcore.priors.description import PriorDescription, description_in
from mmcore.priors.latent import IndependentPrior, JointPrior, LatentPrior
from mmcore.saving import load_weights

__all__ = ["GenerationPrior", "generation_prior", "read_generation_prior", "write_generation_prior"]


@final
@dataclass(frozen=True, slots=True)
class GenerationPrior:
    """A fitted prior of a model.

    Arguments:
        description: how it was fitted.
        prior: over the content, or over content and styles side by side.
        latent: the same as a distribution of all latent variables.
    """

    description: PriorDescription
    prior: Prior
    latent: LatentPrior


def generation_prior(
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


def write_generation_prior(folder: Path, fitted: GenerationPrior | None) -> None:
    """Write the prior into the folder of a model, see `mmcore.fitted.write_fitted`."""
    parts = (None, {}) if fitted is None else (fitted.description, fitted.prior.state_dict())
    write_fitted(folder, GENERATION_PRIOR, *parts)


def read_generation_prior(
    folder: Path, context: Context, training: IndependentPrior
) -> GenerationPrior | None:
    """Return the prior in the folder of a model; None if it has none.

    Raises:
        MmcoreError: the file is damaged, or the prior is not installed.
    """
    description = description_in(folder, GENERATION_PRIOR)
    if description is None:
        return None
    generation = generation_prior(description, context, training)
    load_weights(generation.prior.requires_grad_(False), folder / GENERATION_PRIOR)
    return generation
