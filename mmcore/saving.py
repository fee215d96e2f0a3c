"""Models on disk: config.json and model.safetensors."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_model, save_model
from torch import nn

from mmcore import __version__
from mmcore.config import ModelConfig
from mmcore.config.validation import sentence
from mmcore.errors import MmcoreError

__all__ = ["SavedModel", "load_weights", "read_model", "save_weights", "write_model"]

CONFIG, WEIGHTS = "config.json", "model.safetensors"


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
    """Write a model to ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    document = {
        "mmcore": __version__,
        "plugins": dict(origins),
        "model": config.model_dump(mode="json"),
    }
    save_weights(model, folder / WEIGHTS)
    (folder / CONFIG).write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def read_model(folder: Path) -> SavedModel:
    """Return the description of the model in ``folder``.

    Raises:
        MmcoreError: there is no model, or it is damaged.
    """
    if not (folder / CONFIG).is_file() or not (folder / WEIGHTS).is_file():
        raise MmcoreError(f"'{folder}' has no model; expected the files {CONFIG} and {WEIGHTS}")
    try:
        document = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        config = ModelConfig.model_validate(document["model"])
        return SavedModel(config, folder / WEIGHTS, dict(document.get("plugins", {})))
    except ValidationError as error:
        raise MmcoreError(sentence(error, ModelConfig, str(folder / CONFIG))) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise MmcoreError(
            f"'{folder}' has a damaged model ({type(error).__name__}: {error}); copy it again"
        ) from error


def save_weights(model: nn.Module, path: Path) -> None:
    """Write the weights of a model; shared parameters are written once."""
    save_model(model, str(path))


def load_weights(model: nn.Module, path: Path) -> None:
    """Read the weights of a model.

    Raises:
        MmcoreError: the weights belong to another model, or the file is damaged.
    """
    try:
        load_model(model, str(path))
    except RuntimeError as error:
        difference = _misfit(model, path) or " ".join(str(error).split())
        raise MmcoreError(
            f"'{path}' has the weights of another model: {difference}; train it again, or install the"
            " versions that it was trained with"
        ) from error
    except (OSError, SafetensorError) as error:
        raise MmcoreError(f"'{path}' is damaged ({error}); copy it again") from error


def _misfit(model: nn.Module, path: Path) -> str:
    """Return which weights have another shape than those of the model, in one clause."""
    own = {name: tuple(value.shape) for name, value in model.state_dict().items()}
    with safe_open(str(path), "pt") as file:
        names = file.keys()
        stored = {name: tuple(file.get_slice(name).get_shape()) for name in names}
    wrong = [name for name, shape in own.items() if stored.get(name, shape) != shape]
    if not wrong:
        return ""
    more = f", and {len(wrong) - 1} more differ" if len(wrong) > 1 else ""
    return f"'{wrong[0]}' has the shape {stored[wrong[0]]} in the file and {own[wrong[0]]} in the model{more}"
