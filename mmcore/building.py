"""The parts of a model, built from its configuration."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch

from mmcore.codec import Codec
from mmcore.config import ModelConfig
from mmcore.noise import derived_seed
from mmcore.plugins import Context, Kind

__all__ = ["codec_of", "seeded"]


def codec_of(config: ModelConfig, context: Context) -> Codec:
    """Return the modalities and the priors of a model that is not trained.

    Raises:
        MmcoreError: there is no such component, or an option is not valid.
    """
    modalities, style_priors = {}, {}
    for name, chosen in config.modalities.items():
        own = replace(context, name=name)
        modalities[name] = seeded(name, own, "modality", chosen.kind, chosen.settings)
        style_priors[name] = seeded(
            f"prior/{name}", own, "prior", config.style_prior, config.style_prior_options
        )
    prior = seeded("prior", context, "prior", config.prior, config.prior_options)
    return Codec(modalities, config.style_dims, prior, style_priors)


def seeded(key: str, context: Context, kind: Kind, name: str, options: Mapping[str, Any]) -> Any:
    """Return a component whose initial weights depend on the seed and its own key alone."""
    with torch.random.fork_rng():
        torch.manual_seed(derived_seed("init", context.seed, key))
        return context.make(kind, name, options)
