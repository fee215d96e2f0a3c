"""From the options of a command line to a configuration; no torch is imported here."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from mmcore.config import DataConfig, ModelConfig, RunConfig, TrainingConfig
from mmcore.config.nested import options_field
from mmcore.config.validation import sentence
from mmcore.errors import MmcoreError, nearest
from mmcore.plugins import Catalogue
from mmcore.runs.folder import RunFolder

__all__ = ["assemble", "check_names", "default_folder"]

SECTIONS: dict[str, type[BaseModel]] = {
    "model": ModelConfig,
    "data": DataConfig,
    "training": TrainingConfig,
}
RENAMED = {"data": "mode", "data_dir": "dir"}


def assemble(
    modalities: Mapping[str, str], choices: Mapping[str, Any], base: RunConfig | None = None
) -> RunConfig:
    """Return the configuration with ``modalities`` (kinds by name) and ``choices`` over ``base``.

    A choice is a field of the model, the data, the training or the run, or ``modality.option``; what
    is none of these is an option of the method. A choice of None is no choice.

    Raises:
        MmcoreError: no modality, or a value that is not valid.
    """
    document = base.model_dump() if base else {"model": {}, "data": {}, "training": {}}
    model = document["model"]
    if modalities:
        model["modalities"] = {name: {"kind": kind} for name, kind in modalities.items()}
    if not model.get("modalities"):
        raise MmcoreError(
            "no modality is named; expected --modalities with names such as mnist,svhn"
        )
    chosen = {name: value for name, value in choices.items() if value is not None}
    # Plain choices first: what a component is called decides where its options belong.
    for name in sorted(chosen, key=lambda name: "." in name):
        _place(document, RENAMED.get(name, name), chosen[name], chosen)
    try:
        return RunConfig.model_validate(document)
    except ValidationError as error:
        raise MmcoreError(sentence(error, RunConfig, "the run")) from error


def check_names(config: RunConfig, catalogue: Catalogue) -> None:
    """Check that every component that the configuration names is there and takes its options.

    Raises:
        MmcoreError: one is not, or does not.
    """
    catalogue = Catalogue(catalogue.records, config.plugins)
    for modality in config.model.modalities.values():
        catalogue.settings("modality", modality.kind, modality.settings)
    catalogue.settings("method", config.model.method, config.model.options)


def default_folder(config: RunConfig) -> RunFolder:
    """Return an unused folder below ``runs`` that is named after the modalities and the method."""
    return RunFolder.unused(Path("runs"), "-".join([*config.model.modalities, config.model.method]))


def _place(document: dict[str, Any], name: str, value: Any, choices: Mapping[str, Any]) -> None:
    component, dot, option = name.partition(".")
    if dot and component not in document["model"]["modalities"] and component in _names(choices):
        _place_in_component(document, component, option, value)
        return
    if dot:
        _place_in_modality(document["model"]["modalities"], name, value, _names(choices))
        return
    for section, model in SECTIONS.items():
        if name in model.model_fields:
            document[section][name] = value
            return
    if name in RunConfig.model_fields:
        document[name] = value
    else:
        document["model"].setdefault("options", {})[name] = value


def _names(choices: Mapping[str, Any]) -> set[str]:
    """Return the values that may be names of components."""
    return {value for value in choices.values() if isinstance(value, str)}


def _place_in_component(document: dict[str, Any], component: str, option: str, value: Any) -> None:
    """Place an option of a component that the model, the training or the method names."""
    for section, model in SECTIONS.items():
        field = options_field(model, document[section], component)
        if field is not None:
            document[section].setdefault(field, {})[option] = value
            return
    # A component that an option of the method names: the catalog of components resolves it.
    document["model"].setdefault("options", {})[f"{component}.{option}"] = value


def _place_in_modality(
    modalities: dict[str, Any], name: str, value: Any, components: set[str]
) -> None:
    modality, _, option = name.partition(".")
    if modality not in modalities:
        raise MmcoreError(
            f"'{name}' is an option of '{modality}', which is neither one of the modalities"
            f" {', '.join(modalities)} nor a component that another option names"
            f"{nearest(modality, [*modalities, *components])}"
        )
    if option == "style_dim":
        modalities[modality]["style_dim"] = value
    else:
        modalities[modality].setdefault("settings", {})[option] = value
