"""Unusual records: their least likely cells, and modalities that disagree with the others."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import prod
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from torch.distributions import Distribution

from mmcore.encoding import Encoding
from mmcore.inference.likelihood.importance_sampling import affordable_rows
from mmcore.inference.prediction.predictive import on_scale, style_mean
from mmcore.model import Model
from mmcore.noise import derived_seed
from mmcore.runs.prediction.cells import shift_of
from mmcore.runs.prediction.query import Chunk, Query

__all__ = ["FAR", "disagreements", "has_densities", "unusual_cells"]

CHUNK = 500
LEAST_AVERAGED, MOST_AVERAGED, AVERAGED_NUMBERS = 50, 1000, 1 << 21
"""Training records of the averages, and numbers in all of them."""
CELLS = 3
"""Cells of a record."""
FAR = 6.0
"""Nats below 0, and deviations below the median, beyond which a modality does not fit. The mean of
p(x_m) / p(x_m given the others) is 1 over records of the model, so that an agreement of -6 nats or less
has a probability of at most exp(-6), one in 400 (Markov's inequality)."""
NORMAL = 1.4826
"""Standard deviation of normal values, divided by their median absolute deviation."""


def disagreements(scores: pd.DataFrame, key: str, names: Iterable[str]) -> pd.DataFrame:
    """Return modalities that do not fit the other modalities of their record, the worst first.

    The columns are the id, ``modality``, ``agreement``, at most -6 nats, and ``deviations``: its difference
    to the median of the modality, in standard deviations as estimated by the median absolute deviation; at
    most -6. A record with a single modality has none.

    Arguments:
        scores: of records, with ``agreement.NAME``, see `mmcore.runs.prediction.scoring.score`.
        key: name of the id column.
        names: the modalities.
    """
    parts = []
    for name in names:
        own = scores[[key, f"agreement.{name}"]].dropna()
        agreement = own[f"agreement.{name}"]
        spread = NORMAL * (agreement - agreement.median()).abs().median()
        far = (agreement - agreement.median()) / spread if spread else 0 * agreement
        parts.append(
            pd.DataFrame(
                {key: own[key], "modality": name, "agreement": agreement, "deviations": far}
            )
        )
    every = pd.concat(parts, ignore_index=True)
    wrong = (every["deviations"] <= -FAR) & (every["agreement"] <= -FAR)
    return every[wrong].sort_values("deviations", ignore_index=True)


@torch.no_grad()
def unusual_cells(
    query: Query, training: Query, records: Sequence[str], seed: int = 0
) -> pd.DataFrame:
    """Return the cells of records whose log density is farthest below the average of their column.

    The columns are the id, ``cell``, ``value`` and ``expected``, as in the file, and ``nats``, below 0; at
    most three cells of a record, in the order of ``records``. The density is that at the means of content
    and style given the record. It is empty if no modality has densities of columns
    (`Modality.log_prob_parts`).

    Arguments:
        query: model and records.
        training: over the training records, on which the averages are taken.
        records: ids.
        seed: of the choice of training records.
    """
    averages = _averages(_sample(training, seed), seed)
    by_record: dict[str, list[dict[str, Any]]] = {}
    for chunk in _only(query, records).chunks(CHUNK, seed):
        below = {
            c: nats - averages[c]
            for c, nats in _densities(query.model, chunk.encoding).items()
            if c in averages
        }
        nats = np.stack(
            [own.double().cpu().numpy() for own in below.values()] or [np.empty(len(chunk.ids))], 1
        )
        columns, written = list(below), _written(query, chunk)
        for row, (record, own) in enumerate(zip(chunk.ids.astype(str), nats, strict=True)):
            lowest = np.argsort(own)[:CELLS].tolist() if columns else []  # NaN is last
            by_record[record] = [
                {query.key: record, "cell": cell, "nats": float(own[i])}
                | {n: part[cell][row] for n, part in written.items() if cell in part}
                for i in lowest
                if own[i] < 0 and (cell := columns[i])
            ]
    rows = [row for record in records for row in by_record.get(str(record), [])]
    return pd.DataFrame(rows, columns=[query.key, "cell", "value", "expected", "nats"])


@torch.no_grad()
def has_densities(query: Query) -> bool:
    """Return whether a modality has densities of columns, see `Modality.log_prob_parts`."""
    return any(_densities(query.model, chunk.encoding) for chunk in _first(query).chunks(1, 0))


def _first(query: Query) -> Query:
    return replace(query, splits=[replace(s, rows=s.rows[:1]) for s in query.splits])


def _written(query: Query, chunk: Chunk) -> dict[str, dict[str, np.ndarray]]:
    """Return the values of records and those that are expected, by ``modality.column``, as in the file."""
    parts: dict[str, dict[str, np.ndarray]] = {"value": {}, "expected": {}}
    for name, likelihood in _likelihoods(query.model, chunk.encoding).items():
        reader, shift = query.readers[name], shift_of(query, chunk, name)
        x = chunk.encoding.values[name]
        if prod(x.shape[1:]) == len(reader.columns()):
            expected = torch.where(on_scale(query.model, name, x), likelihood.mean, likelihood.mode)
            for part, cells in (("value", x), ("expected", expected)):
                placed = cells if shift is None else cells + shift
                columns = reader.write(placed)
                parts[part] |= {f"{name}.{column}": own for column, own in columns.items()}
    return parts


def _likelihoods(model: Model, encoding: Encoding) -> dict[str, Distribution]:
    """Return the likelihood of each modality at the means of content and style given the record."""
    content = model.generation(encoding).mean
    return {
        name: model.codec.decode(name, content, style_mean(model.codec, encoding, name))
        for name in encoding.values
    }


def _averages(training: Query, seed: int) -> dict[str, Tensor]:
    """Return the mean log density of each column over the training records that have a cell."""
    parts: dict[str, list[Tensor]] = {}
    for chunk in training.chunks(CHUNK, seed):
        for column, nats in _densities(training.model, chunk.encoding).items():
            parts.setdefault(column, []).append(nats)
    return {column: torch.cat(own).nanmean() for column, own in parts.items()}


def _densities(model: Model, encoding: Encoding) -> dict[str, Tensor]:
    """Return the log density of each cell, (B,) by ``modality.column``, NaN where it is missing."""
    densities: dict[str, Tensor] = {}
    for name, likelihood in _likelihoods(model, encoding).items():
        x = encoding.values[name]
        parts = model.codec[name].log_prob_parts(likelihood, x)
        cells = x.flatten(1).T
        if len(parts) == len(cells):
            absent = ~encoding.has((name,))
            densities |= {
                f"{name}.{column}": nats.masked_fill(cell.isnan() | absent, torch.nan)
                for (column, nats), cell in zip(parts.items(), cells, strict=True)
            }
    return densities


def _only(query: Query, records: Sequence[str]) -> Query:
    wanted = {str(record) for record in records}
    splits = []
    for split in query.splits:
        own = split.ids[split.rows.numpy()].astype(str).isin(list(wanted))
        if own.any():
            splits.append(replace(split, rows=split.rows[torch.from_numpy(own)]))
    return replace(query, splits=splits)


def _sample(training: Query, seed: int) -> Query:
    codec = training.model.codec
    most = affordable_rows(codec, LEAST_AVERAGED, MOST_AVERAGED, AVERAGED_NUMBERS)
    generator = torch.Generator().manual_seed(derived_seed("unusual", seed))
    (split,) = training.splits
    order = torch.randperm(len(split.rows), generator=generator)[:most].sort().values
    return replace(training, splits=[replace(split, rows=split.rows[order])])
