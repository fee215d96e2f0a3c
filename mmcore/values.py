"""Values of a modality from tensors, arrays, lists, pictures and texts."""

import sys
from collections.abc import Mapping, Sequence
from numbers import Integral
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mmcore.batch import Batch
from mmcore.errors import MmcoreError
from mmcore.modality import Modality
from mmcore.nn import ImageModality

__all__ = ["as_values", "check_rows", "checked_batch"]

MODES = {1: "L", 3: "RGB"}
"""By number of channels, the mode of a picture of PIL."""
NAMED = 3
BEYOND = 8.0
"""Largest pixel of pictures in floats: generated ones leave [0, 1], and bytes as floats exceed it."""


def as_values(name: str, modality: Modality, given: Any) -> Tensor:
    """Return a batch of values as the data set stores them.

    Arguments:
        name: of the modality, for messages.
        modality: the modality.
        given: a tensor, an array or a list of numbers, (B, *E); a picture of PIL or a list of them; a
            text or a list of texts, if the modality is one of texts.

    Raises:
        MmcoreError: the values have another shape or type than the modality.
    """
    if isinstance(given, str) or _is_picture(given):
        given = [given]
    first = given[0] if isinstance(given, Sequence | np.ndarray) and len(given) else None
    if isinstance(first, str):
        values = _tokens(name, modality, [str(text) for text in given])
    elif _is_picture(first):
        values = _pixels(name, modality, list(given))
    else:
        values = _numbers(name, modality, given)
    _check_shape(name, modality, values)
    return values


def checked_batch(batch: Batch, modalities: Mapping[str, Modality]) -> Batch:
    """Return the batch itself if no row has NaN or infinity that its encoder does not take.

    Encoders of kinds with missing elements, such as tables, take NaN.

    Arguments:
        batch: on the device of the modalities.
        modalities: by name.

    Raises:
        MmcoreError: an encoder has no finite posterior for such a row.
    """
    for name, values in batch.values.items():
        _check_known(name, modalities[name], values, batch.present[name])
    return batch


def check_rows(rows: Any) -> None:
    """Check a number of rows.

    Raises:
        MmcoreError: it is no whole number of 0 or more.
    """
    if not isinstance(rows, Integral) or rows < 0:
        raise MmcoreError(f"rows={rows!r} is not valid, expected a whole number of 0 or more")


def _is_picture(given: Any) -> bool:
    module = sys.modules.get("PIL.Image")  # no picture exists before PIL is imported
    return module is not None and isinstance(given, module.Image)


def _tokens(name: str, modality: Modality, texts: list[str]) -> Tensor:
    values = modality.tokens(texts)
    if values is None:
        raise MmcoreError(
            f"'{name}' has the text '{texts[0][:20]}', expected numbers of the shape {_shape(modality)}"
        )
    return values


def _pixels(name: str, modality: Modality, pictures: list[Any]) -> Tensor:
    shape = tuple(modality.event_shape)
    if len(shape) != 3 or shape[0] not in MODES:
        raise MmcoreError(
            f"'{name}' takes no pictures, expected numbers of the shape {_shape(modality)}"
        )
    arrays = []
    for number, picture in enumerate(pictures):
        if picture.size != shape[:0:-1]:
            raise MmcoreError(
                f"picture {number} of '{name}' is {picture.width} x {picture.height}, expected"
                f" {shape[2]} x {shape[1]}; resize it with picture.resize(({shape[2]}, {shape[1]}))"
            )
        if picture.mode.startswith(("I", "F")):
            raise MmcoreError(
                f"picture {number} of '{name}' has the mode '{picture.mode}', expected 8 bits in each"
                " channel; scale it to 0 .. 255 and convert it to 'L'"
            )
        arrays.append(np.asarray(picture.convert(MODES[shape[0]])).reshape(*shape[1:], shape[0]))
    return torch.from_numpy(np.stack(arrays)).permute(0, 3, 1, 2)


def _numbers(name: str, modality: Modality, given: Any) -> Tensor:
    try:
        values = given if isinstance(given, Tensor) else torch.tensor(np.asarray(given))
    except (TypeError, ValueError) as error:
        raise MmcoreError(
            f"the values of '{name}' are no batch ({error}); expected numbers of the shape"
            f" {_shape(modality)}"
        ) from error
    if values.is_floating_point():
        values = values.to(next(modality.parameters()).dtype)
    if isinstance(modality, ImageModality) and values.numel():
        return _bytes(name, values)
    return values


def _bytes(name: str, values: Tensor) -> Tensor:
    """Return pictures of integers as bytes, and others in [0, 1] as they are."""
    known = (
        values.nan_to_num() if values.is_floating_point() else values
    )  # NaN has a message of its own
    least, most = float(known.min()), float(known.max())
    low, high = (-BEYOND, BEYOND) if values.is_floating_point() else (0, 255)
    if values.dtype != torch.uint8 and not (low <= least and most <= high):
        raise MmcoreError(
            f"the pictures of '{name}' have values from {least:g} to {most:g}, expected integers from 0"
            " to 255, or floats from 0 to 1"
        )
    return values if values.is_floating_point() else values.to(torch.uint8)


def _check_shape(name: str, modality: Modality, values: Tensor) -> None:
    if values.dim() and not len(values):
        return
    try:
        shape = modality.prepare(values[:1]).shape[1:]
    except (IndexError, RuntimeError, ValueError):
        shape = None
    if shape == modality.event_shape:
        return
    raise MmcoreError(
        f"the values of '{name}' have the shape {tuple(values.shape)}, expected {_shape(modality)}"
        f"{_remedy(tuple(values.shape), tuple(modality.event_shape))}"
    )


def _remedy(given: tuple[int, ...], wanted: tuple[int, ...]) -> str:
    """Return how to reach the expected shape, if that is a change of the axes."""
    if given == wanted:
        return "; add the axis of the batch: x[None]"
    if len(wanted) == 3 and given[1:] == (*wanted[1:], wanted[0]):
        return "; move the channels before the rows: x.transpose(0, 3, 1, 2)"
    if len(wanted) == 3 and wanted[0] == 1 and given[1:] == wanted[1:]:
        return "; add the axis of the channels: x[:, None]"
    return ""


def _shape(modality: Modality) -> str:
    return f"(B, {', '.join(map(str, modality.event_shape))})"


@torch.no_grad()
def _check_known(name: str, modality: Modality, values: Tensor, present: Tensor) -> None:
    if not values.is_floating_point():
        return
    rows = (~values.flatten(1).isfinite().all(1) & present).nonzero().squeeze(1)
    if not len(rows):
        return
    means = modality.encode(modality.prepare(values[rows])).content.loc
    wrong = rows[~means.isfinite().all(1)].tolist()
    if wrong:
        more = f" and {len(wrong) - NAMED} more" if len(wrong) > NAMED else ""
        raise MmcoreError(
            f"the values of '{name}' are NaN or infinite in row{'s' * (len(wrong) > 1)}"
            f" {', '.join(map(str, wrong[:NAMED]))}{more}, expected numbers; correct the rows, or mark those"
            f" without a value with present={{'{name}': ...}}"
        )
