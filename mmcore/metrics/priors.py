"""The priors that a metric compares: that of the training, and the generation prior beside it."""

import torch

from mmcore.inference.representation.batches import EncodedBatch
from mmcore.inference.representation.posteriors import CONDITIONAL
from mmcore.model import Model
from mmcore.priors import LatentPrior, Latents

__all__ = [
    "AGGREGATE",
    "GENERATION",
    "TRAINING",
    "about_priors",
    "about_styles",
    "aggregate_latents",
    "named_priors",
]

TRAINING, GENERATION = "training prior", "generation prior"
AGGREGATE = "(ceiling: aggregate posterior)"


def named_priors(model: Model) -> dict[str, LatentPrior]:
    """Return the prior of the training, and the one that was fitted for generation, if any."""
    priors: dict[str, LatentPrior] = {TRAINING: model.codec.latent_prior}
    return priors if model.fitted_prior is None else {**priors, GENERATION: model.generation_prior}


def about_priors(model: Model) -> str:
    """Return a sentence with the kinds of the priors."""
    own, fitted = model.config.prior, model.fitted_prior
    after = "none is fitted" if fitted is None else f"the {GENERATION} is {fitted.description}"
    return f"The {TRAINING} is {'N(0, I)' if own == 'standard' else own}; {after}."


def about_styles(fusion: str) -> str:
    """Return the part of a sentence that names the distribution of the styles given a subset."""
    if fusion == CONDITIONAL:
        return "styles are drawn from the conditional prior"
    return "styles are drawn from the prior of the training"


@torch.no_grad()
def aggregate_latents(model: Model, batch: EncodedBatch) -> Latents:
    """Return contents of the posterior that the model generates from, and styles of the training prior."""
    noise = batch.noise.at("aggregate")
    content = model.generation(batch.encoding).rsample(noise.at("content"))
    return Latents(content, model.random_styles(noise))
