"""The parts of a model, built from its configuration."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from pydantic import ValidationError

from mmcore.codec import Codec
from mmcore.config import ModalityConfig, ModelConfig
from mmcore.config.validation import sentence
from mmcore.errors import MmcoreError, nearest
from mmcore.noise import derived_seed
from mmcore.plugins import Context, Kind

__all__ = ["codec_of", "named_config", "seeded"]


def named_config(
    names: Sequence[str],
    method: str,
    content_dim: int,
    style_dim: int | Mapping[str, int],
    options: Mapping[str, Any],
) -> ModelConfig:
    """Return the configuration of a model of installed modalities, see `Model.from_plugins`.

    Raises:
        MmcoreError: there is no name, a name is given twice, or a size is not valid.
    """
    if len(set(names)) != len(names) or not names:
        given = ", ".join(names) or "none"
        raise MmcoreError(f"the modalities are {given}, expected one or more different names")
    dims = style_dim if isinstance(style_dim, Mapping) else dict.fromkeys(names, style_dim)
    for name in dims:
        if name not in names:
            raise MmcoreError(
                f"style_dim has '{name}', expected modalities of this model: {', '.join(names)}"
                f"{nearest(name, names)}"
            )
    try:
        modalities = {n: ModalityConfig(kind=n, style_dim=dims.get(n, 0)) for n in names}
        return ModelConfig(
            modalities=modalities, content_dim=content_dim, method=method, options=dict(options)
        )
    except ValidationError as error:
        raise MmcoreError(sentence(error, ModelConfig, "the model")) from error


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
