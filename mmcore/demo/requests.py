"""The requests of the page: given values in JSON, or ids of records that have them."""

from collections.abc import Mapping
from typing import Any, TypeVar

import pandas as pd
import torch
from pydantic import Field, TypeAdapter, ValidationError
from torch import Tensor

from mmcore.batch import Batch
from mmcore.config.base import Frozen
from mmcore.config.validation import sentence
from mmcore.data.tables import fetched
from mmcore.demo.model import DemoModel
from mmcore.errors import MmcoreError, listed, nearest

__all__ = ["Given", "Request", "TraversalRequest", "batch_of", "parsed"]

MOST_SEED = 2**31 - 1
Model = TypeVar("Model", bound=Frozen)


class Given(Frozen):
    """A value, or the id of a record that has it."""

    value: Any = None
    record: str | None = None


class Request(Frozen):
    """The given values, and the number of generated ones."""

    given: dict[str, Given] = Field({}, description="by modality")
    styles: int = Field(6, ge=1, le=12, description="styles of each value")
    seed: int = Field(0, ge=0, le=MOST_SEED, description="of all draws")


class TraversalRequest(Request):
    """The dimension along which the latent variables change."""

    part: str = Field("", description="a modality, whose style changes; empty for the content")
    dimension: int = Field(0, ge=0, description="number of the dimension")


def parsed(model: type[Model], document: Any) -> Model:
    """Return a request.

    Raises:
        MmcoreError: an entry is not valid.
    """
    try:
        return model.model_validate(document)
    except ValidationError as error:
        raise MmcoreError(sentence(error, model, "the request")) from error


def batch_of(demo: DemoModel, given: Mapping[str, Given]) -> Batch:
    """Return the given values as a batch of one row on the device of the model.

    Raises:
        MmcoreError: nothing is given, a modality or a record is unknown, or a value is not valid.
    """
    if not given:
        raise MmcoreError("nothing is given; tick a modality and enter its value")
    values = {name: _value(demo, name, own) for name, own in given.items()}
    return Batch.of(values).to(demo.model.device)


def _value(demo: DemoModel, name: str, given: Given) -> Tensor:
    form = demo.forms.get(name)
    if form is None:
        raise MmcoreError(
            f"the model has no modality '{name}', it has {listed(demo.forms)}"
            f"{nearest(name, demo.forms)}"
        )
    if given.record is not None:
        return _of_record(demo, name, given.record)
    if given.value is not None:
        _check(name, given.value, form.json_type)
    if form.is_missing(given.value):
        raise MmcoreError(f"'{name}' is given and empty; enter a value, or do not give it")
    read = form.read([given.value], pd.Index(["your value"], dtype=object))
    return fetched(read.values, torch.zeros(1, dtype=torch.long))


def _of_record(demo: DemoModel, name: str, key: str) -> Tensor:
    if demo.examples is None:
        raise MmcoreError("this page has no records; give a value of your own")
    batch = demo.examples.batch(key)
    if name not in batch.values:
        raise MmcoreError(f"record '{key}' has no '{name}'; enter a value, or pick another record")
    return batch.values[name]


def _check(name: str, value: Any, kind: Any) -> None:
    try:
        TypeAdapter(kind).validate_python(value)
    except ValidationError as error:
        first = error.errors()[0]
        if first["type"] == "extra_forbidden":
            return  # the form names the column
        place = "".join(f"[{part}]" for part in first["loc"] if not str(part).startswith("func"))
        message = first["msg"]
        raise MmcoreError(
            f"the value of '{name}'{place} is not valid: {message[:1].lower()}{message[1:]}"
        ) from error
