"""The uncertainty of a value: statistics of draws in JSON, for each form of values."""

from collections import Counter
from typing import Any

import torch
from torch import Tensor

from mmcore.inference.prediction.predictive import Predictive, decoded, predictive
from mmcore.jsonvalues import CellsForm, NumbersForm, PictureForm, TextForm, ValueForm
from mmcore.model import Model
from mmcore.noise import Noise
from mmcore.priors import Latents

__all__ = ["LEVEL", "uncertainty"]

LEVEL = 0.9
"""Probability that an interval covers."""
FREQUENT = 5
"""Different texts that are listed."""
MOST_SPREAD = 0.5
"""The largest possible standard deviation of a pixel in [0, 1]."""
MOST_NUMBERS = 20_000
"""Numbers of a value up to which they have intervals."""


@torch.no_grad()
def uncertainty(
    model: Model, name: str, form: ValueForm, latents: Latents, noise: Noise
) -> dict[str, Any]:
    """Return the spread of the draws of a value in JSON; empty for values without such a statistic.

    Pictures have the standard deviation of each pixel, texts the shares of the most frequent ones, cells
    and numbers the mean or the most likely category with an interval or a probability.

    Arguments:
        model: a trained model.
        name: the modality.
        form: of its values.
        latents: draws of content and styles, (S, 1, D).
        noise: randomness of one row.
    """
    if isinstance(form, PictureForm):
        return _of_pictures(_modes(model, name, latents, noise), form)
    if isinstance(form, TextForm):
        return _of_texts(form.write(_modes(model, name, latents, noise)))
    if isinstance(form, CellsForm):
        return _of_cells(predictive(model, name, latents, LEVEL, noise), form)
    if isinstance(form, NumbersForm) and _has_intervals(model, name, form):
        return _of_numbers(predictive(model, name, latents, LEVEL, noise), form)
    return {}


def _modes(model: Model, name: str, latents: Latents, noise: Noise) -> Tensor:
    return torch.cat([p.mode for p in decoded(model.codec, name, latents, noise)])


def _of_pictures(values: Tensor, form: PictureForm) -> dict[str, Any]:
    deviation = values.clamp(0, 1).std(0, unbiased=False).mean(0, keepdim=True)
    (picture,) = form.write((deviation / MOST_SPREAD)[None])
    return {"deviation": picture, "mean_deviation": float(deviation.mean())}


def _of_texts(texts: list[str]) -> dict[str, Any]:
    frequent = Counter(texts).most_common(FREQUENT)
    return {"texts": [{"value": text, "share": n / len(texts)} for text, n in frequent]}


def _of_cells(prediction: Predictive, form: CellsForm) -> dict[str, Any]:
    (expected,), (low,), (high,) = (
        form.write(cells) for cells in (prediction.value, prediction.low, prediction.high)
    )
    columns = form.reader.columns()
    on_scale, shares = prediction.on_scale.tolist(), prediction.probability[0].tolist()
    return {
        "level": LEVEL,
        "cells": {
            column: {"expected": expected[column]}
            | (
                {"low": low[column], "high": high[column]}
                if on_scale[place]
                else {"probability": shares[place]}
            )
            for place, column in enumerate(columns)
        },
    }


def _has_intervals(model: Model, name: str, form: NumbersForm) -> bool:
    return form.is_floating and model.codec[name].event_shape.numel() <= MOST_NUMBERS


def _of_numbers(prediction: Predictive, form: NumbersForm) -> dict[str, Any]:
    ends = (prediction.value, prediction.low, prediction.high)
    expected, low, high = (form.write(end)[0] for end in ends)
    return {"level": LEVEL, "expected": expected, "low": low, "high": high}
