"""Encoders of the library transformers, created from weights or from a configuration."""

import json
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AutoConfig, AutoModel
from transformers.utils import logging

from mmcore import MmcoreError
from mmcore.errors import documented
from mmcore_transformers.checkpointing import checkpoint
from mmcore_transformers.fetching import local_folder
from mmcore_transformers.settings import BackboneSettings

__all__ = ["Backbone"]

logging.set_verbosity_error()
logging.disable_progress_bar()


class Backbone(nn.Module):
    """The encoder: any model whose output has a ``last_hidden_state``.

    It runs code of the library only, and reads weights from safetensors only.

    Arguments:
        settings: the model, and which of its parameters are trained.
        name: name of the modality, for messages.
        fallback: the configuration, if the settings name neither a model nor a configuration.
        example: inputs of one row, for a trial run.
        defaults: values that complete a configuration without weights, such as the vocabulary size.
    """

    def __init__(
        self,
        settings: BackboneSettings,
        name: str,
        fallback: Mapping[str, Any],
        example: Mapping[str, Tensor],
        defaults: Mapping[str, Any],
    ) -> None:
        super().__init__()
        self._name, self._frozen = name, settings.frozen
        if settings.model is None:
            network = _made(_document(settings.config or fallback, name), defaults, name)
        else:
            network = _loaded(settings.model, name)
        self.network = network.get_encoder() if network.config.is_encoder_decoder else network
        self.config: dict[str, Any] = _plain(network.config.to_dict())
        if settings.gradient_checkpointing:
            checkpoint(self.network)
        if settings.lora_rank:
            self.network = _with_lora(self.network, settings.lora_rank, name)
        self.features = self._tried(example)

    def forward(self, **inputs: Tensor) -> Tensor:
        """Return the last hidden state: (B, T, F) of tokens, or (B, F, H, W) of feature maps."""
        hidden: Tensor = self.network(**inputs).last_hidden_state
        return hidden

    @property
    def embedded(self) -> int:
        """The number of tokens of the embedding."""
        return int(self.network.get_input_embeddings().num_embeddings)

    def train(self, mode: bool = True) -> "Backbone":
        """Set the training mode; a frozen encoder stays in eval mode, so that its features are constant."""
        return super().train(mode and not self._frozen)

    def _tried(self, example: Mapping[str, Tensor]) -> int:
        """Run the model once, freeze parameters, and return the number of features."""
        if self._frozen:
            self.requires_grad_(False).eval()
        hidden = self._run(example)
        if not self._frozen:
            hidden.sum().backward()
            # A parameter that no output depends on, as in an unused pooler, blocks data-parallel training.
            for parameter in self.parameters():
                parameter.requires_grad_(parameter.grad is not None)
                parameter.grad = None
        return hidden.shape[1 if hidden.dim() == 4 else -1]

    def _run(self, example: Mapping[str, Tensor]) -> Tensor:
        try:
            return self(**example)
        except (AttributeError, TypeError, ValueError, IndexError, RuntimeError) as error:
            kind = self.config.get("model_type")
            raise MmcoreError(
                f"{self._name}: a model of type '{kind}' cannot encode {' and '.join(example)}"
                f" ({str(error).splitlines()[0]}); choose an encoder for this kind of data"
            ) from error


@documented("backbones")
def _document(config: str | Mapping[str, Any], name: str) -> dict[str, Any]:
    if not isinstance(config, str):
        return dict(config)
    path = Path(config)
    path = path / "config.json" if path.is_dir() else path
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise MmcoreError(
            f"{name}.config is '{config}', which is not a readable JSON file ({error}); give the"
            " config.json of a model"
        ) from error


@documented("backbones")
def _made(document: dict[str, Any], defaults: Mapping[str, Any], name: str) -> Any:
    kind = document.get("model_type")
    try:
        config = AutoConfig.for_model(**{**defaults, **document, "model_type": kind})
        return AutoModel.from_config(
            config, trust_remote_code=False, dtype=torch.get_default_dtype()
        )
    except (ValueError, TypeError, KeyError) as error:
        raise MmcoreError(
            f"{name}.config does not describe a model: model_type is '{kind}'"
            f" ({str(error).split('. Should contain')[0].splitlines()[0]}); expected a config.json of the"
            " library transformers"
        ) from error


@documented("backbones")
def _loaded(model: str, name: str) -> Any:
    folder = local_folder(model, f"{name}.model")
    try:
        return AutoModel.from_pretrained(
            folder,
            use_safetensors=True,
            trust_remote_code=False,
            local_files_only=True,
            dtype=torch.get_default_dtype(),
        )
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise MmcoreError(
            f"{name}.model is '{model}', which is not a readable model"
            f" ({str(error).splitlines()[0]}); expected config.json and model.safetensors of an"
            " architecture in the library transformers"
        ) from error


@documented("backbones")
def _with_lora(network: nn.Module, rank: int, name: str) -> nn.Module:
    if find_spec("peft") is None:
        raise MmcoreError(
            f"{name}.lora_rank is {rank}, which needs the package peft; install it with"
            " pip install mmcore-transformers[lora], or omit the option"
        )
    from peft import LoraConfig, get_peft_model

    return get_peft_model(network, LoraConfig(r=rank, target_modules="all-linear"))


def _plain(document: dict[str, Any]) -> dict[str, Any]:
    """Return the configuration as JSON values, without references to external code."""
    kept = {k: v for k, v in document.items() if k not in ("auto_map", "transformers_version")}
    plain: dict[str, Any] = json.loads(json.dumps(kept, default=str))
    return plain
