"""The manifest of an export: files, inputs, outputs, and how values are prepared."""

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from mmcore.config.base import Frozen
from mmcore.jsonvalues import CellsForm, ValueForm
from mmcore.model import Model
from mmcore.priors import Prior
from mmcore.storage.manifest import FileHash

__all__ = ["ExportManifest", "PartRecord", "described"]

ROWS = "B"


class TensorRecord(Frozen):
    """The type and the shape of an input or an output."""

    name: str
    dtype: str
    shape: tuple[int | str, ...] = Field(description="B is the number of rows, which is free")
    about: str = ""


class PartRecord(Frozen):
    """A file, and its difference from the original."""

    file: str
    hash: FileHash
    inputs: tuple[TensorRecord, ...]
    outputs: tuple[TensorRecord, ...]
    largest_difference: float = Field(
        description="of an output from that of the model, |a - b| / (1 + |b|), over the compared rows"
    )
    compared_rows: int


class GaussianRecord(Frozen):
    """Mean and standard deviation of each dimension."""

    mean: tuple[float, ...]
    sd: tuple[float, ...]


class ModalityRecord(Frozen):
    """The values of a modality, and their preparation."""

    kind: str
    values: str = Field(description="what a value is before it is an input")
    columns: tuple[str, ...] = ()
    categories: dict[str, tuple[str, ...]] = Field({}, description="in the order of their indices")
    settings: dict[str, Any] = Field(description="of the modality, fitted to the training records")
    style_prior: GaussianRecord | None = Field(description="null if it is not Gaussian")


class ExportManifest(Frozen):
    """The content of ``manifest.json``."""

    format: Literal[1] = 1
    mmcore: str
    export_format: str
    plugins: dict[str, str]
    content_prior: GaussianRecord | None = Field(description="null if it is not Gaussian")
    modalities: dict[str, ModalityRecord]
    parts: dict[str, PartRecord]
    left_out: dict[str, str] = Field(description="parts that cannot be exported, with the reason")


MEANINGS = {
    "content_noise": "standard normal noise; 0 gives the mean as the draw",
    "style_noise": "standard normal noise; 0 gives the mean as the draw",
    "content": "the shared latent variable",
    "style": "the latent variable of the modality; a draw of style_prior if the value is unknown",
    "mode": "the most likely value, in the units of the input of the encoder after its preparation",
    "mean": "the expected value; a category is the index of the most likely one",
    "probabilities": "of each category of each column that has categories",
    "component_means": "of each Gaussian of the mixture",
    "component_logvars": "natural logarithm of the variances of each Gaussian of the mixture",
    "component_weights": "of each Gaussian of the mixture, 0 if it is absent",
}
VALUES = {
    "cells": "the cells of the columns in the units of the files, minus the offset of a column if its"
    " settings have one; a category is its index; NaN is missing",
    "pictures": "pixels as bytes, 0 to 255, channels before rows and columns",
    "texts": "the index of each symbol, padded at the end, see settings and Modality.tokens",
    "numbers": "numbers of this shape",
}


def tensors(examples: Mapping[str, Tensor | np.ndarray]) -> tuple[TensorRecord, ...]:
    """Return the descriptions of tensors of which dimension 0, or 1 of components, has the rows."""
    return tuple(_tensor(name, torch.as_tensor(value)) for name, value in examples.items())


def _tensor(name: str, value: Tensor) -> TensorRecord:
    shape: list[int | str] = list(value.shape)
    shape[1 if name.startswith("component_") else 0] = ROWS
    kind = name.partition("_")[0]
    about = MEANINGS.get(name, "")
    if kind == "present":
        about = "whether each row has the modality; its value has no effect otherwise"
    return TensorRecord(
        name=name, dtype=str(value.dtype).removeprefix("torch."), shape=tuple(shape), about=about
    )


def described(model: Model, forms: Mapping[str, ValueForm]) -> dict[str, ModalityRecord]:
    """Return the descriptions of some modalities of a model."""
    return {name: _modality(model, name, form) for name, form in forms.items()}


def _modality(model: Model, name: str, form: ValueForm) -> ModalityRecord:
    config = model.portable_config().modalities[name]
    table = form if isinstance(form, CellsForm) else None
    return ModalityRecord(
        kind=config.kind,
        values=VALUES[form.kind],
        columns=() if table is None else table.reader.columns(),
        categories={} if table is None else dict(table.categories),
        settings=config.model_dump(mode="json")["settings"],
        style_prior=gaussian_record(model.codec.style_prior(name)),
    )


def gaussian_record(prior: Prior) -> GaussianRecord | None:
    """Return mean and standard deviation of a prior, or None if it is not Gaussian."""
    q = prior.gaussian()
    if q is None:
        return None
    return GaussianRecord(mean=tuple(q.loc.tolist()), sd=tuple(q.stddev.tolist()))
