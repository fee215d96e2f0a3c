"""From the options of a command line to a configuration; no torch is imported here."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from mmcore.config import DataConfig, ModelConfig, RunConfig, TrainingConfig
from mmcore.config.validation import sentence
from mmcore.errors import MmcoreError, nearest
from mmcore.plugins import Catalogue
from mmcore.runs.folder import RunFolder

__all__ = ["assemble", "check_names", "default_folder"]

RENAMED = {"data": "mode", "data_dir": "dir"}


def assemble(
    modalities: Mapping[str, str], choices: Mapping[str, Any], base: RunConfig | None = None
) -> RunConfig:
    """Return the configuration ``base``, overridden by ``modalities`` (kinds by name) and ``choices``.

    A choice is a field of the model, the data, the training or the run, or ``modality.option``; any
    other name is an option of the method. A choice of None is ignored.

    Raises:
        MmcoreError: no modality is named, or a value is not valid.
    """
    document = base.model_dump() if base else {"model": {}, "data": {}, "training": {}}
    model = document["model"]
    if modalities:
        model["modalities"] = {name: {"kind": kind} for name, kind in modalities.items()}
    if not model.get("modalities"):
        raise MmcoreError(
            "no modality is named; expected --modalities with names such as mnist,svhn"
        )
    for name, value in choices.items():
        if value is not None:
            _place(document, RENAMED.get(name, name), value)
    try:
        return RunConfig.model_validate(document)
    except ValidationError as error:
        raise MmcoreError(sentence(error, RunConfig, "the run")) from error


def check_names(config: RunConfig, catalogue: Catalogue) -> None:
    """Check that every component of the configuration is installed and accepts its options.

    Raises:
        MmcoreError: a component is not installed, or an option is not valid.
    """
    catalogue = Catalogue(catalogue.records, config.plugins)
    for modality in config.model.modalities.values():
        catalogue.settings("modality", modality.kind, modality.settings)
    catalogue.settings("method", config.model.method, config.model.options)


def default_folder(config: RunConfig) -> RunFolder:
    """Return a new folder in ``runs``, named after the modalities and the method."""
    return RunFolder.unused(Path("runs"), "-".join([*config.model.modalities, config.model.method]))


def _place(document: dict[str, Any], name: str, value: Any) -> None:
    if "." in name:
        _place_in_modality(document["model"]["modalities"], name, value)
        return
    sections: dict[str, type[BaseModel]] = {
        "model": ModelConfig,
        "data": DataConfig,
        "training": TrainingConfig,
    }
    for section, model in sections.items():
        if name in model.model_fields:
            document[section][name] = value
            return
    if name in RunConfig.model_fields:
        document[name] = value
    else:
        document["model"].setdefault("options", {})[name] = value


def _place_in_modality(modalities: dict[str, Any], name: str, value: Any) -> None:
    modality, _, option = name.partition(".")
    if modality not in modalities:
        raise MmcoreError(
            f"'{name}' is an option of '{modality}', which is not among the modalities"
            f" {', '.join(modalities)}{nearest(modality, modalities)}"
        )
    if option == "style_dim":
        modalities[modality]["style_dim"] = value
    else:
        modalities[modality].setdefault("settings", {})[option] = value
