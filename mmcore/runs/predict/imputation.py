"""Holes filled: whole modalities and single cells, from whatever a record has."""

from collections.abc import Iterator, Mapping
from math import prod

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from mmcore.config.predict import ImputeSettings
from mmcore.data.tables import Reader
from mmcore.errors import MmcoreError
from mmcore.inference.intervals import CentralInterval
from mmcore.inference.predictive import Predictive, most_likely, on_scale, predictive, sampled
from mmcore.model import Model
from mmcore.runs.predict.cells import Cells, Observed
from mmcore.runs.predict.query import Asked, Chunk

__all__ = ["impute", "writers"]

AT_ONCE = 1 << 25
"""Numbers of draws together that are held at once."""

Columns = dict[str, np.ndarray]


def writers(asked: Asked) -> dict[str, Reader]:
    """Return the readers that can write columns, by modality.

    Raises:
        MmcoreError: there is none.
    """
    found = {name: reader for name, reader in asked.readers.items() if reader.columns()}
    if not found:
        raise MmcoreError(
            f"none of {', '.join(asked.model.names)} can be written as columns of a table, so that there is"
            " nothing to impute; mmcore embed and mmcore score take any run"
        )
    return found


@torch.no_grad()
def impute(asked: Asked, settings: ImputeSettings | None = None) -> Iterator[pd.DataFrame]:
    """Yield every record with its holes filled, some records at a time; what is observed stays.

    A column ``x`` has beside it ``x__low`` and ``x__high``, the interval, empty where the cell is
    observed, and ``x__observed``. A column of categories, which has no interval, has
    ``x__probability``, that of the category. Where several modalities are written, columns are called
    ``modality.x``. With ``settings.draws`` there are that many rows for each record instead, each a draw
    with its number in ``draw``.

    Arguments:
        asked: model and records; modalities that write no columns are only given.
        settings: what is wanted.

    Raises:
        MmcoreError: no modality can write columns.
    """
    settings, readers = settings or ImputeSettings(), writers(asked)
    held = max(_held(asked.model, name, settings) for name in readers)
    size = max(1, min(1000, AT_ONCE // held))
    cells: dict[str, Cells] = {}
    split = None
    for chunk in asked.chunks(size, settings.seed):
        if chunk.part is not split:
            split = chunk.part
            cells = {name: Cells(split, name, reader) for name, reader in readers.items()}
        yield _frame(asked, chunk, readers, cells, settings)


def _held(model: Model, name: str, settings: ImputeSettings) -> int:
    """Return how many numbers of the draws of one record are held at once."""
    shape = model.codec[name].event_shape
    if settings.draws is not None:
        return settings.draws * prod(shape)
    ends = 2 * CentralInterval(settings.samples, settings.level).held
    numbers = int(on_scale(model, name, torch.empty(0, *shape)).sum())
    return ends * prod(shape) + settings.samples * (prod(shape) - numbers)


def _frame(
    asked: Asked,
    chunk: Chunk,
    readers: Mapping[str, Reader],
    cells: Mapping[str, Cells],
    settings: ImputeSettings,
) -> pd.DataFrame:
    filled: list[Columns] = [{} for _ in range(settings.draws or 1)]
    for name, reader in readers.items():
        prefix = f"{name}." if len(readers) > 1 else ""
        written = _written(asked, chunk, name, reader, cells[name].of(chunk), settings)
        for row, columns in zip(filled, written, strict=True):
            row |= {prefix + column: values for column, values in columns.items()}
    if settings.draws is None:
        return pd.DataFrame({asked.key: chunk.ids, **filled[0]})
    frames = [
        pd.DataFrame({asked.key: chunk.ids, "draw": number, **columns})
        for number, columns in enumerate(filled)
    ]
    return pd.concat(frames).sort_index(kind="stable").reset_index(drop=True)


def _written(
    asked: Asked,
    chunk: Chunk,
    name: str,
    reader: Reader,
    observed: Observed,
    settings: ImputeSettings,
) -> list[Columns]:
    """Return the columns of one modality, those of each draw where draws are asked for."""
    model, encoding, noise = asked.model, chunk.encoding, chunk.noise.at("impute")
    if settings.draws is not None:
        draws = sampled(model, encoding, name, settings.draws, noise)
        return [_plain(reader, draw, observed) for draw in draws]
    if prod(model.codec[name].event_shape) != len(reader.columns()):
        # Elements are no columns, as the letters of a text are not: no interval to speak of.
        return [_plain(reader, most_likely(model, encoding, name), observed)]
    found = predictive(model, encoding, name, settings.samples, settings.level, noise)
    return [_with_interval(reader, found, observed)]


def _plain(reader: Reader, values: Tensor, observed: Observed) -> Columns:
    return {c: observed.among(c, guess)[0] for c, guess in reader.write(values).items()}


def _with_interval(reader: Reader, found: Predictive, observed: Observed) -> Columns:
    low, high, guesses = (reader.write(cells) for cells in (found.low, found.high, found.value))
    shares = found.share.cpu().numpy().T
    on_scale = found.on_scale.tolist()
    out: Columns = {}
    for place, column in enumerate(reader.columns()):
        out[column], seen = observed.among(column, guesses[column])
        if on_scale[place]:
            out[f"{column}__low"] = np.where(seen, np.nan, low[column])
            out[f"{column}__high"] = np.where(seen, np.nan, high[column])
        else:
            out[f"{column}__probability"] = np.where(seen, np.nan, shares[place])
        out[f"{column}__observed"] = seen
    return out
