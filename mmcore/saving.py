"""A model on disk: config.json and model.safetensors."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from mmcore.config import ModelConfig
from mmcore.errors import MmcoreError
from mmcore.plugins import Catalogue
from mmcore.validation import sentence
from mmcore.version import __version__

if TYPE_CHECKING:
    from mmcore.model import Model

__all__ = ["load_pretrained", "save_pretrained"]

CONFIG, WEIGHTS = "config.json", "model.safetensors"


def save_pretrained(model: "Model", folder: Path, catalogue: Catalogue) -> None:
    """Write the model to ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    document = {
        "mmcore": __version__,
        "plugins": origins(model.config, catalogue),
        "model": model.config.model_dump(mode="json"),
    }
    save_file({k: v.contiguous() for k, v in model.state_dict().items()}, folder / WEIGHTS)
    (folder / CONFIG).write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def load_pretrained(folder: Path, catalogue: Catalogue) -> "Model":
    """Return the model in ``folder``, in eval mode."""
    from mmcore.model import Model

    if not (folder / CONFIG).is_file() or not (folder / WEIGHTS).is_file():
        raise MmcoreError(f"'{folder}' holds no model; expected {CONFIG} and {WEIGHTS} in it")
    try:
        document = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        config = ModelConfig.model_validate(document["model"])
        model = Model.from_config(config, catalogue=catalogue)
        model.load_state_dict(load_file(folder / WEIGHTS))
    except ValidationError as error:
        raise MmcoreError(sentence(error, ModelConfig, str(folder / CONFIG))) from error
    except MmcoreError as error:
        raise MmcoreError(f"{error} (the model was trained with {_told(document)})") from error
    except (SafetensorError, RuntimeError, ValueError, KeyError, TypeError) as error:
        raise MmcoreError(
            f"'{folder}' does not hold a whole model ({type(error).__name__}: {error}); copy it again"
        ) from error
    return model.eval()


def origins(config: ModelConfig, catalogue: Catalogue) -> dict[str, str]:
    """Return, by component that the model uses, the distribution and version that offer it."""
    wanted = [("modality", modality.kind) for modality in config.modalities.values()]
    found = {}
    for kind, name in [*wanted, ("method", config.method)]:
        record, _ = catalogue.find(kind, name)  # type: ignore[arg-type]
        found[f"{kind} {name}"] = f"{record.distribution} {record.version}"
    return found


def _told(document: dict[str, dict[str, str]]) -> str:
    return ", ".join(f"{what} of {who}" for what, who in document.get("plugins", {}).items())
