"""From a study file to the configuration of a run: settings fitted, sizes chosen by the data."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from mmcore.config import RunConfig
from mmcore.config.study import StudyConfig, StudyData
from mmcore.config.validation import sentence
from mmcore.data.tables.collecting import collect
from mmcore.data.tables.gathering import Places
from mmcore.data.tables.opening import readers_of
from mmcore.errors import MmcoreError
from mmcore.plugins import Catalogue, Context

__all__ = ["Plan", "plan"]

EPOCHS, LEAST_STEPS, MOST_STEPS = 10, 2000, 20_000
METHOD = "mmjsd"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a study becomes.

    Arguments:
        config: of the run.
        chosen: what was chosen by the size of the data, and why, in one line.
    """

    config: RunConfig
    chosen: str


def plan(study: StudyConfig, base: Path, catalogue: Catalogue, given: Path | None = None) -> Plan:
    """Return the run that a study file describes.

    Every modality's settings are fitted on the training records. What the file leaves out is chosen:
    the content dimension, the rows and number of steps, and the weights of the likelihoods.

    Arguments:
        study: what the file says.
        base: folder of the file.
        catalogue: where modalities are found.
        given: the data folder, as ``--data-dir`` says.

    Raises:
        MmcoreError: something in the file or in the records does not fit.
    """
    try:
        data = study.data(str(base.resolve()))
    except ValidationError as error:
        told = sentence(error, StudyData, "the study").replace("records.", "modalities.")
        raise MmcoreError(told) from error
    try:
        document: dict[str, Any] = {
            "model": {**study.model, "modalities": _given(study)},
            "data": {"mode": "real", "dir": given, "study": data, "drop": study.drop},
            "training": study.training,
            "seed": study.seed,
        }
        first = RunConfig.model_validate(document)
    except ValidationError as error:
        raise MmcoreError(sentence(error, RunConfig, "the study")) from error
    found = collect(data, Places.of(data, given, catalogue), study.seed)
    fitted, sizes = {}, {}
    for name, reader in readers_of(first.model.modalities, catalogue).items():
        settings = reader.fit(found.train[name])
        fitted[name] = {**document["model"]["modalities"][name], "settings": settings}
        sizes[name] = _size(catalogue, first.model.modalities[name].kind, settings)
    sizes_told = {"rows": len(found.train_ids), "modalities": sizes}
    return _completed(document, fitted, sizes_told, catalogue)


def _given(study: StudyConfig) -> dict[str, Any]:
    return {
        name: {"kind": m.kind, "settings": m.settings, "style_dim": m.style_dim}
        for name, m in study.modalities.items()
    }


def _size(catalogue: Catalogue, kind: str, settings: Mapping[str, Any]) -> int:
    """Return how many measurements a value has, from a modality that is made for a moment."""
    made = catalogue.make("modality", kind, settings, Context.of(1))
    return int(made.data_size)


def _completed(
    document: dict[str, Any],
    fitted: dict[str, Any],
    told: dict[str, Any],
    catalogue: Catalogue,
) -> Plan:
    rows, sizes = told["rows"], told["modalities"]
    model, training = dict(document["model"]), dict(document["training"])
    chosen: dict[str, Any] = {}
    content = max(2, min(64, round(math.sqrt(min(rows, sum(sizes.values()))))))
    _choose(model, "content_dim", content, chosen)
    _choose(training, "batch_size", _batch(rows), chosen)
    steps = min(MOST_STEPS, max(LEAST_STEPS, EPOCHS * rows // training["batch_size"]))
    _choose(training, "steps", steps, chosen)
    training.setdefault("validation", {})
    model.setdefault("style_dim", 0)
    options = dict(model.get("options", {}))
    known = catalogue.settings_model("method", model.get("method", METHOD)).model_fields
    if "beta" in known:
        options.setdefault("beta", 1.0)
    if "likelihood_weights" in known:
        weights = {n: round(math.sqrt(max(sizes.values()) / s), 3) for n, s in sizes.items()}
        _choose(options, "likelihood_weights", weights, chosen)
    model |= {"modalities": fitted, "options": options}
    config = RunConfig.model_validate({**document, "model": model, "training": training})
    for name, modality in fitted.items():
        chosen |= _numbers(
            name, modality["settings"], document["model"]["modalities"][name]["settings"]
        )
    widths = ", ".join(f"{name} {size}" for name, size in sizes.items())
    picked = ", ".join(f"{name} {value}" for name, value in chosen.items()) or "nothing"
    return Plan(config, f"by {rows} training rows and sizes {widths}: {picked}")


def _numbers(
    name: str, fitted: Mapping[str, Any], given: Mapping[str, Any]
) -> dict[str, int | float]:
    """Return the numbers that a reader has chosen, such as the width of hidden layers."""
    return {
        f"{name}.{option}": value
        for option, value in fitted.items()
        if isinstance(value, int | float) and value != given.get(option)
    }


def _choose(section: dict[str, Any], name: str, value: Any, chosen: dict[str, Any]) -> None:
    if name not in section:
        section[name] = chosen[name] = value


def _batch(rows: int) -> int:
    """Return a power of two that is an eighth of the rows or a little more, from 16 to 256."""
    return int(min(256, max(16, 2 ** math.ceil(math.log2(max(rows, 1) / 8)))))
