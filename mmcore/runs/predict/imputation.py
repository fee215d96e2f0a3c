"""Imputation of whole modalities and of single cells, from the observed values of a record."""

from collections.abc import Iterator, Mapping
from math import prod

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from mmcore.config.predict import ImputeSettings
from mmcore.data.tables import Reader
from mmcore.data.tables.answers import DRAW, HIGH, LOW, OBSERVED, PROBABILITY
from mmcore.errors import MmcoreError
from mmcore.inference.intervals import CentralInterval
from mmcore.inference.predictive import Predictive, most_likely, on_scale, predictive, sampled
from mmcore.model import Model
from mmcore.runs.predict.cells import Cells, Observed
from mmcore.runs.predict.query import Chunk, Query

__all__ = ["impute", "writers"]

AT_ONCE = 1 << 25
"""Numbers in all draws that are in memory at once."""

Columns = dict[str, np.ndarray]


def writers(query: Query) -> dict[str, Reader]:
    """Return the readers that can write columns, by modality.

    Raises:
        MmcoreError: no modality has columns.
    """
    writing = {name: reader for name, reader in query.readers.items() if reader.columns()}
    if not writing:
        raise MmcoreError(
            f"none of {', '.join(query.model.names)} can be written as columns of a table, so that there is"
            " nothing to impute; mmcore embed and mmcore score take any run"
        )
    return writing


@torch.no_grad()
def impute(query: Query, settings: ImputeSettings | None = None) -> Iterator[pd.DataFrame]:
    """Yield all records with missing values filled, some at a time; observed values do not change.

    For a column ``x`` there are ``x__low`` and ``x__high``, the interval, empty if the cell is observed,
    and ``x__observed``. A column of categories has ``x__probability``, that of the category, instead of
    an interval. If several modalities are written, columns are named ``modality.x``. With
    ``settings.draws``, each record has that many rows, one for each draw, with its number in ``draw``.

    Arguments:
        query: model and records; modalities without columns are inputs only.
        settings: level, draws and seed.

    Raises:
        MmcoreError: no modality has columns.
    """
    settings, readers = settings or ImputeSettings(), writers(query)
    numbers = max(_numbers_held(query.model, name, settings) for name in readers)
    size = max(1, min(1000, AT_ONCE // numbers))
    cells: dict[str, Cells] = {}
    split = None
    for chunk in query.chunks(size, settings.seed):
        if chunk.split is not split:
            split = chunk.split
            cells = {name: Cells(split, name, reader) for name, reader in readers.items()}
        yield _frame(query, chunk, readers, cells, settings)


def _numbers_held(model: Model, name: str, settings: ImputeSettings) -> int:
    """Return how many numbers the draws of one record have in memory."""
    shape = model.codec[name].event_shape
    if settings.draws is not None:
        return settings.draws * prod(shape)
    ends = 2 * CentralInterval(settings.samples, settings.level).held
    numbers = int(on_scale(model, name, torch.empty(0, *shape)).sum())
    return ends * prod(shape) + settings.samples * (prod(shape) - numbers)


def _frame(
    query: Query,
    chunk: Chunk,
    readers: Mapping[str, Reader],
    cells: Mapping[str, Cells],
    settings: ImputeSettings,
) -> pd.DataFrame:
    filled: list[Columns] = [{} for _ in range(settings.draws or 1)]
    for name, reader in readers.items():
        prefix = f"{name}." if len(readers) > 1 else ""
        written = _written(query, chunk, name, reader, cells[name].of(chunk), settings)
        others = _left_out(cells[name].left_out(chunk), settings)
        for row, columns in zip(filled, written, strict=True):
            row |= {prefix + column: values for column, values in (columns | others).items()}
    if settings.draws is None:
        return pd.DataFrame({query.key: chunk.ids, **filled[0]})
    frames = [
        pd.DataFrame({query.key: chunk.ids, DRAW: number, **columns})
        for number, columns in enumerate(filled)
    ]
    return pd.concat(frames).sort_index(kind="stable").reset_index(drop=True)


def _written(
    query: Query,
    chunk: Chunk,
    name: str,
    reader: Reader,
    observed: Observed,
    settings: ImputeSettings,
) -> list[Columns]:
    """Return the columns of one modality, of each draw if ``settings.draws`` is set."""
    model, encoding, noise = query.model, chunk.encoding, chunk.noise.at("impute")
    if settings.draws is not None:
        draws = sampled(model, encoding, name, settings.draws, noise)
        return [_plain(reader, draw, observed) for draw in draws]
    if prod(model.codec[name].event_shape) != len(reader.columns()):
        # Elements that are no columns, such as the letters of a text, have no interval.
        return [_plain(reader, most_likely(model, encoding, name), observed)]
    prediction = predictive(model, encoding, name, settings.samples, settings.level, noise)
    return [_with_interval(reader, prediction, observed)]


def _plain(reader: Reader, values: Tensor, observed: Observed) -> Columns:
    return {c: observed.among(c, guess)[0] for c, guess in reader.write(values).items()}


def _with_interval(reader: Reader, prediction: Predictive, observed: Observed) -> Columns:
    low, high, guesses = (
        reader.write(cells) for cells in (prediction.low, prediction.high, prediction.value)
    )
    probabilities = prediction.probability.cpu().numpy().T
    on_scale = prediction.on_scale.tolist()
    out: Columns = {}
    for place, column in enumerate(reader.columns()):
        out[column], seen = observed.among(column, guesses[column])
        if on_scale[place]:
            out[column + LOW] = _emptied(low[column], seen)
            out[column + HIGH] = _emptied(high[column], seen)
        else:
            out[column + PROBABILITY] = np.where(seen, np.nan, probabilities[place])
        out[column + OBSERVED] = seen
    return out


def _left_out(cells: Columns, settings: ImputeSettings) -> Columns:
    """Return the columns of which nothing was learned, as in the file, and which cells are observed."""
    columns: Columns = {}
    for column, values in cells.items():
        columns[column] = values
        if settings.draws is None:
            columns[column + OBSERVED] = pd.notna(values)
    return columns


def _emptied(cells: np.ndarray, where: np.ndarray) -> np.ndarray:
    """Return cells with missing ones ``where`` it is true."""
    if cells.dtype.kind == "f":  # pandas is slower than the model for tens of thousands of columns
        return np.where(where, np.nan, cells)
    masked: np.ndarray = pd.Series(cells).mask(where).to_numpy()
    return masked
