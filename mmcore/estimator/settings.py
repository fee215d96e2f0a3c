"""Conversion of the parameters of an estimator to a study."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pydantic import ValidationError
from sklearn.utils import check_random_state

from mmcore.config import ImputeSettings
from mmcore.config.study import BatchConfig, StudyConfig
from mmcore.config.validation import sentence
from mmcore.data.tables import PATH
from mmcore.data.tables.draft import FILES, FOLDERS, TABLES
from mmcore.errors import MmcoreError, nearest
from mmcore.estimator.tables import ID, VALUE, InputTables
from mmcore.plugins import Catalogue

__all__ = ["batch_of", "impute_settings", "seed_of", "study_of"]

TEXTS = ".txt"
"""The suffix of the files that a modality of texts reads."""
MODEL = ("content_dim", "style_dim", "method", "prior", "style_prior")
TRAINING = (
    "steps",
    "batch_size",
    "learning_rate",
    "optimizer",
    "precision",
    "accelerator",
    "generation_prior",
)


def study_of(
    params: Mapping[str, Any], tables: InputTables, seed: int, catalogue: Catalogue
) -> StudyConfig:
    """Return the study that an estimator with these parameters fits.

    Arguments:
        params: of the estimator, by name.
        tables: of the training.
        seed: of the training.
        catalogue: where modalities are found.

    Raises:
        MmcoreError: a parameter is not valid.
    """
    styles = params["style_dim"] if isinstance(params["style_dim"], Mapping) else {}
    modalities, batch = {}, batch_of(params["batch"], tables)
    for name, (table, columns) in _chosen(params["modalities"], tables, batch).items():
        kind = (params["kinds"] or {}).get(name) or _kind(name, tables.frames[table], catalogue)
        modalities[name] = {
            "kind": kind,
            "file": table,
            "columns": columns,
            "style_dim": styles.get(name, 0 if styles else None),
            **(params["settings"] or {}).get(name, {}),
        }
    for option in ("kinds", "settings"):
        _check_names(option, params[option] or {}, modalities)
    _check_names("style_dim", styles, modalities)
    try:
        return StudyConfig.model_validate(
            {
                "id": ID,
                "modalities": modalities,
                "split": {"test": {}},
                "batch": batch,
                "allow_outside": True,
                "drop": params["drop"],
                "model": _model(params, bool(styles)),
                "training": _training(params, len(tables.ids)),
                "seed": seed,
            }
        )
    except ValidationError as error:
        raise MmcoreError(sentence(error, StudyConfig, "MultimodalVAE")) from error


def batch_of(column: str | None, tables: InputTables) -> BatchConfig | None:
    """Return where the batch of each row is; None for no column.

    Raises:
        MmcoreError: the column is in no table, or in several.
    """
    if column is None:
        return None
    having = [name for name, frame in tables.frames.items() if column in frame.columns]
    if len(having) != 1:
        where = f"the tables {' and '.join(having)} have" if having else "no table has"
        known = list(dict.fromkeys(c for frame in tables.frames.values() for c in frame))
        raise MmcoreError(
            f"batch='{column}', a column that {where}, expected a column of one table"
            f"{'' if having else nearest(column, known)}; see 'Batch effects' in docs/studies.md"
        )
    return BatchConfig(file=having[0], column=column)


def _model(params: Mapping[str, Any], own_styles: bool) -> dict[str, Any]:
    model = {name: params[name] for name in MODEL if params[name] is not None}
    if own_styles:
        del model["style_dim"]
    options = dict(params["options"] or {})
    if params["beta"] is not None:
        options["beta"] = params["beta"]
    return model | {"options": options} | dict(params["model"] or {})


def _training(params: Mapping[str, Any], rows: int) -> dict[str, Any]:
    training = {name: params[name] for name in TRAINING if params[name] is not None}
    share = params["validation"]
    enough = share is not None and 0 < round(share * rows) < rows
    training["validation"] = {"share": share} if enough else None
    return training | dict(params["training"] or {})


def _chosen(
    modalities: Mapping[str, Any] | None, tables: InputTables, batch: BatchConfig | None
) -> dict[str, tuple[str, tuple[str, ...] | None]]:
    """Return the table of each modality and the columns of it, all if None.

    A table that has only the batch is no modality.
    """
    if modalities is None:
        alone = [batch.column] if batch else None
        return {name: (name, None) for name, t in tables.frames.items() if list(t) != alone}
    chosen: dict[str, tuple[str, tuple[str, ...] | None]] = {}
    for name, columns in modalities.items():
        table = name if name in tables.frames else next(iter(tables.frames))
        if table != name and len(tables.frames) > 1:
            raise MmcoreError(
                f"'modalities' has '{name}', expected names of tables: {', '.join(tables.frames)}"
                f"{nearest(name, tables.frames)}"
            )
        chosen[name] = (table, _columns(name, columns, list(tables.frames[table].columns)))
    return chosen


def _columns(modality: str, columns: Any, names: list[str]) -> tuple[str, ...]:
    """Return names or patterns of columns, from names, patterns, positions or a slice."""
    if isinstance(columns, slice):
        return tuple(names[columns])
    given = [columns] if isinstance(columns, str | int | np.integer) else list(columns)
    if any(isinstance(column, bool | np.bool_) for column in given):
        raise MmcoreError(
            f"'modalities' has a mask for '{modality}', expected names or positions of columns; use"
            " np.flatnonzero(mask)"
        )
    try:
        return tuple(names[c] if isinstance(c, int | np.integer) else str(c) for c in given)
    except IndexError as error:
        raise MmcoreError(
            f"'modalities' names the columns {given} for '{modality}', expected positions from 0 to"
            f" {len(names) - 1}"
        ) from error


def _kind(name: str, frame: pd.DataFrame, catalogue: Catalogue) -> str:
    """Return the kind of modality that reads a table, texts or files."""
    fact, suffix = FILES, TABLES
    if list(frame.columns) == [PATH]:
        fact, suffix = FOLDERS, Path(frame[PATH].dropna().iloc[0]).suffix.lower()
    elif list(frame.columns) == [VALUE] and not pd.api.types.is_numeric_dtype(frame[VALUE]):
        fact, suffix = FOLDERS, TEXTS
    for kind in catalogue.names("modality"):
        if suffix in catalogue.find("modality", kind)[1].facts.get(fact, "").split():
            return kind
    raise MmcoreError(
        f"no installed modality reads '{name}' ({suffix}); install one, or name it with"
        f" kinds={{'{name}': KIND}}"
    )


def _check_names(option: str, given: Mapping[str, Any], modalities: Mapping[str, Any]) -> None:
    for name in given:
        if name not in modalities:
            raise MmcoreError(
                f"'{option}' has '{name}', expected modalities: {', '.join(modalities)}"
                f"{nearest(name, modalities)}"
            )


def seed_of(random_state: Any) -> int:
    """Return the seed itself, or one that a generator draws."""
    if isinstance(random_state, int | np.integer):
        return int(random_state)
    return int(check_random_state(random_state).randint(np.iinfo(np.int32).max))


def impute_settings(**choices: Any) -> ImputeSettings:
    """Return the settings of imputation.

    Raises:
        MmcoreError: a value is not valid.
    """
    try:
        return ImputeSettings(**choices)
    except ValidationError as error:
        raise MmcoreError(sentence(error, ImputeSettings, "imputation")) from error
