"""The state of a fitted estimator: weights as safetensors, everything else as JSON."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from pydantic import ValidationError

from mmcore.config import Frozen, RecordsConfig, sentence
from mmcore.config.base import Count
from mmcore.config.study import BatchConfig
from mmcore.errors import MmcoreError
from mmcore.estimator.forms import FORMS
from mmcore.model import Model
from mmcore.storage.documents import read_json
from mmcore.storage.files import atomic

__all__ = ["FittedState", "model_bytes", "model_of", "read_folder", "write_folder"]

ESTIMATOR, MEMBER = "estimator.json", "member-{}"


class FittedState(Frozen):
    """The fitted state of an estimator besides its model.

    Arguments:
        form: of the training data, a key of `FORMS`.
        columns: by table, the names of its columns.
        records: by modality, its table and the columns of it.
        features: names of the input features; None if the data had none.
        steps: number of training steps.
        history: metrics of the training, of the first member.
        members: number of models of the ensemble.
        batch: the table and the column of the batch of each row.
    """

    form: str
    columns: dict[str, tuple[str, ...]]
    records: dict[str, RecordsConfig]
    features: tuple[str, ...] | None
    steps: int
    history: tuple[dict[str, float], ...]
    members: Count = 1
    batch: BatchConfig | None = None


def model_bytes(model: Model) -> dict[str, bytes]:
    """Return the files of a saved model, by name."""
    with TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        return {path.name: path.read_bytes() for path in sorted(Path(folder).iterdir())}


def model_of(files: Mapping[str, bytes]) -> Model:
    """Return the model that `model_bytes` was given.

    Raises:
        MmcoreError: a plug-in that the model needs is not installed.
    """
    with TemporaryDirectory() as folder:
        for name, content in files.items():
            (Path(folder) / name).write_bytes(content)
        return Model.from_pretrained(folder)


def write_folder(
    path: Path, params: Mapping[str, Any], fitted: FittedState, members: Sequence[Model]
) -> None:
    """Write the folder of a model, with the parameters of the estimator and further members in it.

    Raises:
        MmcoreError: the folder has other files, or a parameter cannot be written as JSON.
    """
    if path.exists() and not (path / ESTIMATOR).is_file():
        raise MmcoreError(f"'{path}' exists and is no saved estimator; choose another folder")
    text = _document(params, fitted)
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic(path) as folder:
        for number, model in enumerate(members):
            model.save_pretrained(folder / MEMBER.format(number) if number else folder)
        (folder / ESTIMATOR).write_text(text, encoding="utf-8")


def read_folder(path: Path) -> tuple[dict[str, Any], FittedState, list[Model]]:
    """Return the parameters, the state and the members in a folder.

    Raises:
        MmcoreError: the folder has no estimator, or it is damaged.
    """
    file = path / ESTIMATOR
    if not file.is_file():
        raise MmcoreError(
            f"'{path}' has no estimator; expected a folder that MultimodalVAE.save has written"
        )
    document = read_json(file)
    try:
        params, fitted = dict(document["params"]), FittedState.model_validate(document["fitted"])
    except ValidationError as error:
        raise MmcoreError(sentence(error, FittedState, f"'{file}'")) from error
    except (ValueError, KeyError, TypeError) as error:
        raise MmcoreError(f"'{file}' is damaged ({error}); save the estimator again") from error
    if fitted.form not in FORMS:
        raise MmcoreError(f"'{file}' has the form '{fitted.form}', expected {', '.join(FORMS)}")
    others = [path / MEMBER.format(number) for number in range(1, fitted.members)]
    return params, fitted, [Model.from_pretrained(folder) for folder in (path, *others)]


def _document(params: Mapping[str, Any], fitted: FittedState) -> str:
    for name, value in params.items():
        try:
            json.dumps(value, default=_plain)
        except TypeError as error:
            raise MmcoreError(
                f"the parameter {name}={value!r} cannot be saved, expected numbers, texts, lists or dicts;"
                " set it with set_params before save"
            ) from error
    document = {"params": dict(params), "fitted": fitted.model_dump(mode="json")}
    return json.dumps(document, indent=2, default=_plain) + "\n"


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    if isinstance(value, range | frozenset | set):
        return list(value)
    raise TypeError(type(value).__name__)
