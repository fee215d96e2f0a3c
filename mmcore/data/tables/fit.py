"""Conversion of a study file to the configuration of a run: fitted settings, and sizes chosen by the data."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from mmcore.config import ModalityConfig, RunConfig
from mmcore.config.levels import check_level, place_in_study
from mmcore.config.study import StudyConfig, StudyData
from mmcore.config.validation import sentence
from mmcore.data.subset import rows_apart
from mmcore.data.tables.formats import OpenedTable
from mmcore.data.tables.imputed_columns import check_imputed_columns
from mmcore.data.tables.linear import linear_numbers
from mmcore.data.tables.open import readers_of
from mmcore.data.tables.paths import PathResolver
from mmcore.data.tables.study import StudyRecords, read_study
from mmcore.errors import MmcoreError, documented
from mmcore.factors import Choice, choose
from mmcore.memory import limited_memory
from mmcore.modality import Modality
from mmcore.plugins import Catalogue, Context

__all__ = ["StudyFit", "fit_study"]

LARGE = 1 << 32
"""Bytes of the training values above which they are read in blocks."""
EPOCHS, LEAST_STEPS, MOST_STEPS = 10, 2000, 20_000
LINEAR_RATE, LINEAR_STEPS, LINEAR_VALIDATION = 7e-4, 1000, {"every": 25}
"""Learning rate, steps and validation of a training that starts with a linear model."""
FEW_ROWS = 60
"""Fewer rows are too few to hold some of them out: the linear model of all rows is not trained further."""
METHOD, LINEAR = "mmjsd", "factors"
"""The default method, and the one that begins with a linear model."""


@dataclass(frozen=True, slots=True)
class StudyFit:
    """A study with fitted settings.

    Arguments:
        config: of the run.
        study: the records, whose files need not be parsed again.
        chosen: one line with the sizes that were chosen, and the sizes of the data.
    """

    config: RunConfig
    study: StudyRecords
    chosen: str


@documented("studies")
def fit_study(
    study: StudyConfig,
    base: Path,
    catalogue: Catalogue,
    data_dir: Path | None = None,
    given: Mapping[str, OpenedTable] | None = None,
    records: StudyRecords | None = None,
) -> StudyFit:
    """Return the run that a study file describes, and the records of the study.

    The settings of every modality are fitted on the training records. Settings that the file leaves
    out are chosen: the content dimension, the batch size, the steps, the weights of the likelihoods.

    Arguments:
        study: content of the file.
        base: folder of the file.
        catalogue: where modalities are found.
        data_dir: the data folder, see ``--data-dir``.
        given: tables in memory, by the name that the study has in place of a file.
        records: of the study, if its files are read already.

    Raises:
        MmcoreError: a setting is not valid, or records cannot be read.
    """
    try:
        data = study.data(str(base.resolve()))
    except ValidationError as error:
        problem = sentence(error, StudyData, "the study").replace("records.", "modalities.")
        raise MmcoreError(problem) from error
    try:
        document: dict[str, Any] = {
            "model": {**study.model, "modalities": _given(study)},
            "data": {"mode": "real", "dir": data_dir, "study": data, "drop": study.drop},
            "training": study.training,
            "seed": study.seed,
        }
        first = RunConfig.model_validate(document)
    except ValidationError as error:
        raise MmcoreError(sentence(error, RunConfig, "the study", place_in_study)) from error
    for name, own in first.model.modalities.items():
        check_level(name, own.settings, catalogue.settings_model("modality", own.kind).model_fields)
    if records is None:
        paths = PathResolver.of(data, data_dir)
        records = read_study(data, paths, study.seed, catalogue, given)
    if data.batch is not None:
        records.notes.extend(_without_batches(first.model.modalities, catalogue))
    fitted, modalities = {}, {}
    for name, reader in readers_of(first.model.modalities, catalogue).items():
        settings = reader.fit(records.train[name])
        fitted[name] = {**document["model"]["modalities"][name], "settings": settings}
        modalities[name] = _modality(catalogue, first.model.modalities[name].kind, settings)
    linear = _linear(document, fitted, modalities, records, catalogue)
    config, chosen = _completed(document, fitted, records, modalities, linear, catalogue)
    if given is None:
        check_imputed_columns(data.id, readers_of(config.model.modalities, catalogue))
    if config.training.validation is not None:
        rows_apart(len(records.train_ids), config.training.validation.share)
    return StudyFit(config, records, chosen)


def _without_batches(modalities: Mapping[str, ModalityConfig], catalogue: Catalogue) -> list[str]:
    """Return a sentence on each modality whose kind takes no batches.

    Raises:
        MmcoreError: no modality takes them.
    """
    kinds = {
        name: own.kind
        for name, own in modalities.items()
        if "batches" not in catalogue.settings_model("modality", own.kind).model_fields
    }
    if len(kinds) == len(modalities):
        raise MmcoreError(
            "the study names a 'batch', which none of its modalities takes, expected one of a kind such as"
            f" 'table', not {', '.join(sorted(set(kinds.values())))}; remove 'batch' from the study file"
        )
    return [
        f"{name}: the kind '{kind}' takes no batches; its values are modelled without them"
        for name, kind in kinds.items()
    ]


def _given(study: StudyConfig) -> dict[str, Any]:
    return {
        name: {"kind": m.kind, "settings": m.settings, "style_dim": m.style_dim}
        for name, m in study.modalities.items()
    }


def _modality(catalogue: Catalogue, kind: str, settings: Mapping[str, Any]) -> Modality:
    """Return a modality that is created for the size and the linear features of its values."""
    with limited_memory():
        modality: Modality = Context(catalogue=catalogue).make("modality", kind, settings)
    return modality


def _linear(
    document: dict[str, Any],
    fitted: dict[str, Any],
    modalities: Mapping[str, Modality],
    records: StudyRecords,
    catalogue: Catalogue,
) -> Choice | None:
    """Return the settings of the linear model; None if the study does not start with one."""
    model = document["model"]
    if model.get("method") != LINEAR:
        return None
    configs = RunConfig.model_validate({**document, "model": {**model, "modalities": fitted}})
    readers = readers_of(configs.model.modalities, catalogue)
    numbers = linear_numbers(modalities, readers, records, document["seed"])
    if numbers is None:
        return None
    beta = model.get("options", {}).get("beta")
    return choose(numbers, document["seed"], model.get("content_dim"), beta)


def _completed(
    document: dict[str, Any],
    fitted: dict[str, Any],
    records: StudyRecords,
    modalities: Mapping[str, Modality],
    linear: Choice | None,
    catalogue: Catalogue,
) -> tuple[RunConfig, str]:
    """Return the configuration with the sizes that the study leaves out, and a line about them."""
    model, training = dict(document["model"]), dict(document["training"])
    rows = len(records.train_ids)
    sizes = {name: modality.data_size for name, modality in modalities.items()}
    chosen: dict[str, Any] = {}
    content = max(2, min(64, round(math.sqrt(min(rows, sum(sizes.values()))))))
    options = dict(model.get("options", {}))
    least = LEAST_STEPS
    if linear is not None:
        content, least = linear.dims, LINEAR_STEPS
        fitted = _with_linear_parts(fitted, catalogue)
        _begin(linear, options, training, list(sizes), chosen)
        if rows < FEW_ROWS and "steps" not in training:
            training["validation"] = None
            _choose(training, "steps", 1, chosen)
    _choose(model, "content_dim", content, chosen)
    _choose(training, "batch_size", _batch(rows), chosen)
    steps = min(MOST_STEPS, max(least, EPOCHS * rows // training["batch_size"]))
    _choose(training, "steps", steps, chosen)
    if 4 * rows * sum(sizes.values()) > LARGE:
        _choose(training, "order", "blocks", chosen)
    training.setdefault("validation", {})
    model.setdefault("style_dim", 0)
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
    choices = ", ".join(f"{name} {value}" for name, value in chosen.items()) or "nothing"
    return config, f"by {rows} training rows and sizes {widths}: {choices}"


def _with_linear_parts(fitted: Mapping[str, Any], catalogue: Catalogue) -> dict[str, Any]:
    """Return the modalities with the option ``linear``, where they have one and it is not given."""
    return {
        name: m | {"settings": {"linear": True} | m["settings"]}
        if "linear" in catalogue.settings_model("modality", m["kind"]).model_fields
        else m
        for name, m in fitted.items()
    }


def _begin(
    linear: Choice,
    options: dict[str, Any],
    training: dict[str, Any],
    names: Sequence[str],
    chosen: dict[str, Any],
) -> None:
    """Complete the options of a method, and of a training, that begins with a linear model."""
    _choose(options, "shrinkage", linear.shrinkage, chosen)
    _choose(options, "beta", linear.temperature, chosen)
    if linear.noise is not None:
        _choose(options, "noise", linear.noise, chosen)
    _choose(options, "noise_factors", dict(linear.noise_factors), chosen)
    options.setdefault("likelihood_weights", dict.fromkeys(names, 1.0))
    training.setdefault("learning_rate", LINEAR_RATE)
    given = training.get("validation", {})
    training["validation"] = None if given is None else {**LINEAR_VALIDATION, **given}


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
