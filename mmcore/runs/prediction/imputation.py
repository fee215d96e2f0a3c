"""Imputation of whole modalities and of single cells, from the observed values of a record."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from math import prod
from typing import final

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from mmcore.config.predict import ImputeSettings
from mmcore.data.tables import Reader
from mmcore.data.tables.imputed_columns import DRAW, EFFECTIVE, HIGH, LOW, OBSERVED, PROBABILITY
from mmcore.encoding import Encoding
from mmcore.errors import MmcoreError
from mmcore.inference.prediction.pooling import PooledDraws, pooled_draws
from mmcore.inference.prediction.posterior_draws import LEAST_EFFECTIVE
from mmcore.inference.prediction.predictive import (
    Predictive,
    most_likely,
    pooled_predictive,
    pooled_samples,
)
from mmcore.runs.prediction.cells import Cells, Observed, shift_of
from mmcore.runs.prediction.conformal import Conformal
from mmcore.runs.prediction.query import Chunk, Query

__all__ = ["FewEffective", "impute", "records_at_once", "writers"]

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


def records_at_once(query: Query, settings: ImputeSettings) -> int:
    """Return the number of records that are imputed at a time, 1,000 or fewer."""
    widest = max(prod(query.model.codec[name].event_shape) for name in writers(query))
    return max(1, min(1000, AT_ONCE // (widest * (settings.draws or settings.samples))))


@torch.no_grad()
def impute(
    query: Query, settings: ImputeSettings | None = None, conformal: Conformal | None = None
) -> Iterator[pd.DataFrame]:
    """Yield all records with missing values filled, some at a time; observed values do not change.

    For a column ``x`` there are ``x__low`` and ``x__high``, the interval, empty if the cell is observed,
    and ``x__observed``. A column of categories has ``x__probability``, that of the category, instead of
    an interval. If several modalities are written, columns are named ``modality.x``. With
    ``settings.draws``, each record has that many rows, one for each draw, with its number in ``draw``.
    With ``settings.batch`` ``reference``, all numbers, also observed ones, are those of the reference batch.
    With the posterior ``corrected``, ``effective_samples`` is the effective sample size of each record.

    Arguments:
        query: model and records; modalities without columns are inputs only.
        settings: level, draws and seed.
        conformal: scales the intervals; None: they are those of the model.

    Raises:
        MmcoreError: no modality has columns, or too few records calibrate an interval.
    """
    settings, readers = settings or ImputeSettings(), writers(query)
    size = records_at_once(query, settings)
    cells: dict[str, Cells] = {}
    split = None
    for chunk in query.chunks(size, settings.seed):
        if chunk.split is not split:
            split = chunk.split
            cells = {name: Cells(split, name, reader) for name, reader in readers.items()}
        yield _frame(query, chunk, readers, cells, settings, conformal)


def _frame(
    query: Query,
    chunk: Chunk,
    readers: Mapping[str, Reader],
    cells: Mapping[str, Cells],
    settings: ImputeSettings,
    conformal: Conformal | None,
) -> pd.DataFrame:
    imputed = _ImputedColumns(query, chunk, readers, settings, conformal)
    filled: list[Columns] = [imputed.effective() for _ in range(settings.draws or 1)]
    for name, reader in readers.items():
        prefix = f"{name}." if len(readers) > 1 else ""
        observed = cells[name].of(chunk)
        if settings.batch == "reference":
            observed = observed.of_reference(shift_of(query, chunk, name))
        written = imputed.columns(name, reader, observed)
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


class _ImputedColumns:
    """The columns of the modalities of some records; records without a missing cell are not drawn."""

    def __init__(
        self,
        query: Query,
        chunk: Chunk,
        names: Iterable[str],
        settings: ImputeSettings,
        conformal: Conformal | None,
    ) -> None:
        self._model, self._settings = query.model, settings
        self._chunk, self._conformal = chunk, conformal
        self._encoding, self._noise = chunk.encoding, chunk.noise.at("impute")
        lacking = {name: _lacking(chunk.encoding, name) for name in names}
        self._lacking = torch.stack(list(lacking.values())).any(0)
        self._missing = {name: _some(mask) for name, mask in lacking.items()}
        self._drawn = torch.stack(list(self._missing.values())).any(0)
        self._draws = self._pooled(query)
        self._shifts = {name: shift_of(query, chunk, name) for name in names}

    def effective(self) -> Columns:
        """Return the column of effective sample sizes, if the posterior is corrected."""
        if self._draws.effective is None:
            return {}
        effective = _spread(self._draws.effective.double(), self._drawn)
        return {EFFECTIVE: effective.masked_fill(~self._lacking, torch.nan).cpu().numpy()}

    def columns(self, name: str, reader: Reader, observed: Observed) -> list[Columns]:
        """Return the columns of one modality, of each draw if ``settings.draws`` is set."""
        missing, settings = self._missing[name], self._settings
        drawn = self._draws.select(missing[self._drawn])
        noise = self._noise.resized(int(missing.sum()))
        if settings.draws is not None:
            draws = pooled_samples(drawn, name, noise)
            return [
                _plain(reader, self._placed(name, self._whole(name, draw)), observed)
                for draw in draws
            ]
        shape = self._model.codec[name].event_shape
        if prod(shape) != len(reader.columns()):
            # Elements that are no columns, such as the letters of a text, have no interval.
            return [_plain(reader, most_likely(self._model, self._encoding, name), observed)]
        part = pooled_predictive(drawn, name, settings.level, noise)
        prediction = Predictive(
            part.on_scale,
            self._whole(name, part.value),
            *(_spread(x, missing) for x in (part.probability, part.low, part.high)),
        )
        if self._conformal is not None:
            prediction = self._conformal.adjust(prediction, self._chunk, name)
        numbers = (prediction.value, prediction.low, prediction.high)
        value, low, high = (self._placed(name, x) for x in numbers)
        placed = replace(prediction, value=value, low=low, high=high)
        return [_with_interval(reader, placed, observed)]

    def _placed(self, name: str, values: Tensor) -> Tensor:
        """Return values of the reference batch as those of the chosen batch."""
        shift = self._shifts[name]
        return values if shift is None or self._settings.batch == "reference" else values + shift

    def _whole(self, name: str, part: Tensor) -> Tensor:
        """Return drawn values with the observed values of the records that are not drawn."""
        if name not in self._encoding.values:
            return part
        whole = self._encoding.values[name].to(part.dtype, copy=True)
        whole[self._missing[name]] = part
        return whole

    def _pooled(self, query: Query) -> PooledDraws:
        settings, chunk = self._settings, self._chunk
        encodings = [e.select(self._drawn) for e in query.encoded_by_members(chunk, settings.seed)]
        draws, noise = settings.draws or settings.samples, self._noise.resized(encodings[0].rows)
        return pooled_draws(query.models, encodings, settings.posterior, draws, noise)


@final
class FewEffective:
    """The records of imputed tables whose draws are not corrected.

    Arguments:
        draws: rows of each record.
    """

    def __init__(self, draws: int) -> None:
        self._draws, self._corrected, self._few = draws, 0, 0

    def counted(self, frames: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        """Yield the frames, and count their records."""
        for frame in frames:
            if EFFECTIVE in frame:
                effective = frame[EFFECTIVE].to_numpy()
                self._few += int((effective < LEAST_EFFECTIVE).sum()) // self._draws
                self._corrected += int((effective >= LEAST_EFFECTIVE).sum()) // self._draws
            yield frame

    @property
    def notes(self) -> list[str]:
        """A remark if there are such records."""
        if not self._few:
            return []
        return [
            f"{self._few} of {self._few + self._corrected} records with missing values have fewer than"
            f" {LEAST_EFFECTIVE:.0f} effective samples; their values are from the posterior 'generation'"
        ]


def _lacking(encoding: Encoding, name: str) -> Tensor:
    """Return which records lack a cell, (B,)."""
    lacking = ~encoding.has((name,))
    if name in encoding.values and encoding.values[name].is_floating_point():
        lacking = lacking | encoding.values[name].isnan().flatten(1).any(1)
    return lacking


def _some(rows: Tensor) -> Tensor:
    """Return the rows, or the first one if there is none: draws have the form of the columns."""
    return rows if bool(rows.any()) else torch.arange(len(rows), device=rows.device) < 1


def _spread(part: Tensor, rows: Tensor) -> Tensor:
    """Return the numbers of some rows among all, (B, *E), NaN in the others."""
    whole = torch.full(
        (len(rows), *part.shape[1:]), torch.nan, dtype=part.dtype, device=part.device
    )
    whole[rows] = part
    return whole


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
