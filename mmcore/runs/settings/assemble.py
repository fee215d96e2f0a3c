"""Conversion of command-line options to a configuration; no torch is imported here."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from mmcore.config import DataConfig, ModelConfig, RunConfig, TrainingConfig
from mmcore.config.nested import options_field
from mmcore.config.validation import sentence
from mmcore.errors import MmcoreError, nearest
from mmcore.runs.folder.files import RunFolder

__all__ = ["assemble", "default_folder"]

SECTIONS: dict[str, type[BaseModel]] = {
    "model": ModelConfig,
    "data": DataConfig,
    "training": TrainingConfig,
}
RENAMED = {"data": "mode", "data_dir": "dir"}


def assemble(
    modalities: Mapping[str, str], choices: Mapping[str, Any], base: RunConfig | None = None
) -> RunConfig:
    """Return the configuration ``base``, overridden by ``modalities`` (kinds by name) and ``choices``.

    A choice is a field of the model, the data, the training or the run, or ``modality.option``; any
    other name is an option of the method. None is the value null.

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
    # Plain choices first: what a component is called decides where its options belong.
    for name in sorted(choices, key=lambda name: "." in name):
        _place(document, RENAMED.get(name, name), choices[name], choices)
    try:
        return RunConfig.model_validate(document)
    except ValidationError as error:
        raise MmcoreError(sentence(error, RunConfig, "the run")) from error


def default_folder(config: RunConfig) -> RunFolder:
    """Return a new folder in ``runs``, named after the modalities and the method."""
    return RunFolder.unused(Path("runs"), "-".join([*config.model.modalities, config.model.method]))


def _place(document: dict[str, Any], name: str, value: Any, choices: Mapping[str, Any]) -> None:
    component, dot, option = name.partition(".")
    if dot:
        _place_option(document, component, option, value, choices)
        return
    for section, model in SECTIONS.items():
        if name in model.model_fields:
            document[section][name] = value
            return
    if name in SECTIONS or name == "plugins":
        raise MmcoreError(f"'{name}' is no option of its own; set the options in it one by one")
    if name in RunConfig.model_fields:
        document[name] = value
    else:
        _inner(document["model"], "options")[name] = value


def _place_option(
    document: dict[str, Any], component: str, option: str, value: Any, choices: Mapping[str, Any]
) -> None:
    modalities = _inner(document["model"], "modalities")
    if component in modalities and option == "style_dim":
        _inner(modalities, component)["style_dim"] = value
        return
    named = {chosen for chosen in choices.values() if isinstance(chosen, str)}
    options = _options_of(document, component)
    if options is not None:
        options[option] = value
    elif component in named:
        # A component that an option of the method names: the catalog of components resolves it.
        _inner(document["model"], "options")[f"{component}.{option}"] = value
    else:
        raise MmcoreError(
            f"'{component}.{option}' is an option of '{component}', which is neither one of the modalities"
            f" {', '.join(modalities)} nor a component that another option names"
            f"{nearest(component, [*modalities, *_trackers(document), *named])}"
        )


def _options_of(document: dict[str, Any], component: str) -> dict[str, Any] | None:
    """Return the options of a modality, of a tracker, or of a component that a section names."""
    if component in document["model"]["modalities"]:
        return _inner(_inner(document["model"]["modalities"], component), "settings")
    if component in _trackers(document):
        return _inner(_inner(document["training"], "tracker_options"), component)
    for section, model in SECTIONS.items():
        field = options_field(model, document[section], component)
        if field is not None:
            return _inner(document[section], field)
    return None


def _trackers(document: dict[str, Any]) -> Sequence[str]:
    default = TrainingConfig.model_fields["trackers"].default
    names = document["training"].get("trackers", default)
    return names if isinstance(names, list | tuple) else ()


def _inner(document: dict[str, Any], name: str) -> dict[str, Any]:
    inner: Any = document.setdefault(name, {})
    if not isinstance(inner, dict):
        raise MmcoreError(f"'{name}' is {inner!r}, expected a value by name, such as {{a: 1}}")
    return inner
