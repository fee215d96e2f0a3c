"""Explanation of a predicted value of one record by its modalities and cells."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from mmcore.batch import Batch
from mmcore.data.tables import Reader
from mmcore.errors import MmcoreError, listed, nearest
from mmcore.inference.explanation.explanations import Target, contributions, predicted, without_each
from mmcore.inference.prediction.predictive import on_scale
from mmcore.model import Model
from mmcore.noise import Noise
from mmcore.runs.prediction.query import Query

__all__ = ["Explanation", "explain"]

DRAWS, LEVEL = 199, 0.9
AVERAGED = 2000
"""Training records of the averages."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """The modalities and cells that a predicted value of a record depends on.

    Arguments:
        target: the column, as ``modality.column``, with ``=class`` if it is a category.
        shown: the prediction in the words of the file.
        form: writes another prediction as the file has it, or a probability as a number.
        value: the prediction as the model has it: the mean, or the probability of the class.
        interval: its limits, which cover 90 %; None for a class.
        observed: whether the record has a value, which the prediction does not use.
        modalities: a row for each modality that the record has, the most important first: ``without``,
            the prediction without it; ``change``; and ``intervals``, the change in widths of the interval.
        cells: a row for each number of the record, the most important first: ``value``, ``average`` of the
            training records, and ``contribution`` to the prediction at the means of content and style.
        start: that prediction if all numbers of the record were average; the contributions are the
            difference of ``end`` to it.
        end: that prediction.
    """

    target: str
    shown: str
    form: Callable[[float], str]
    value: float
    interval: tuple[float, float] | None
    observed: bool
    modalities: pd.DataFrame
    cells: pd.DataFrame
    start: float
    end: float


def explain(query: Query, training: Query, record: str, column: str, seed: int = 0) -> Explanation:
    """Return what a predicted value depends on.

    An observed value is predicted from the other modalities of the record.

    Arguments:
        query: model and records.
        training: over the training records, whose averages the contributions begin at.
        record: id of a record.
        column: a column as ``modality.column``, or its own name if no other modality has it.
        seed: of the draws.

    Raises:
        MmcoreError: there is no such record or column, or the record has nothing to predict it from.
    """
    model = query.model
    name, place = _place(query, column)
    noise = Noise(1, seed=seed, device=model.device).at("explain")
    batch, observed = _given(_record(query, record, seed), record, name, place)
    encoding = model.codec.encode(batch.to(model.device))
    target = Target(name, place).with_most_likely(model, encoding, DRAWS, noise)
    value, interval = predicted(model, encoding, target, DRAWS, LEVEL, noise)
    averages = {n: own for n in batch.values if (own := _average(training, n)) is not None}
    parts = contributions(model, batch.to(model.device), target, averages)
    form = partial(_written, query.readers[name], model, target)
    shown = form(value)
    full = f"{name}.{query.readers[name].columns()[place]}"
    return Explanation(
        target=full if target.code is None else f"{full}={shown}",
        shown=shown,
        form=form if target.code is None else "{:.4g}".format,
        value=value,
        interval=interval,
        observed=observed,
        modalities=_modalities(
            without_each(model, encoding, target, DRAWS, noise), value, interval
        ),
        cells=_cells(query.readers, batch, averages, parts.by_name),
        start=parts.start,
        end=parts.end,
    )


def _place(query: Query, column: str) -> tuple[str, int]:
    """Return the modality of a column and its index."""
    valid = {
        f"{name}.{own}": (name, place)
        for name, reader in query.readers.items()
        if len(reader.columns()) == query.model.codec[name].event_shape.numel()
        for place, own in enumerate(reader.columns())
    }
    matching = [full for full, (name, _) in valid.items() if full == f"{name}.{column}"]
    if column in valid or len(matching) == 1:
        return valid[column if column in valid else matching[0]]
    if matching:
        raise MmcoreError(f"'{column}' is a column of several modalities; write {listed(matching)}")
    raise MmcoreError(
        f"no modality has a column '{column}' that can be imputed, expected one such as"
        f" {', '.join(list(valid)[:3]) or 'none'}{nearest(column, valid)}"
    )


def _record(query: Query, record: str, seed: int) -> Batch:
    for split in query.splits:
        ids = split.ids[split.rows.numpy()]
        places = np.flatnonzero(ids.astype(str) == record)
        if len(places):
            return split.fetch(split.rows[places[:1]], seed)
    known = [str(name) for split in query.splits for name in split.ids[split.rows.numpy()]]
    raise MmcoreError(
        f"no record has the id '{record}', expected one of {len(known)}, such as"
        f" {', '.join(known[:3])}{nearest(record, known)}"
    )


def _given(record: Batch, key: str, name: str, place: int) -> tuple[Batch, bool]:
    """Return what a value is predicted from, and whether it is observed."""
    observed = bool(record.present[name][0]) if name in record.values else False
    if observed:
        observed = not bool(record.values[name].flatten(1)[0, place].isnan())
    names = [
        n for n, mask in record.present.items() if bool(mask[0]) and not (observed and n == name)
    ]
    if not names:
        raise MmcoreError(
            f"record '{key}' has no modality but '{name}', from which its observed value would be predicted;"
            " choose a missing cell, or another record"
        )
    return record.only(names), observed


def _average(training: Query, name: str) -> Tensor | None:
    """Return the average of each number of a modality with columns, NaN for categories."""
    reader, shape = training.readers.get(name), training.model.codec[name].event_shape
    if reader is None or len(reader.columns()) != shape.numel():
        return None
    (split,) = training.splits
    batch = split.fetch(split.rows[:AVERAGED])
    values = batch.values[name][batch.present[name]]
    return values.nanmean(0).masked_fill(
        ~on_scale(training.model, name, values[:0]).cpu(), torch.nan
    )


def _written(reader: Reader, model: Model, target: Target, value: float) -> str:
    row = torch.zeros(1, *model.codec[target.name].event_shape)
    row.flatten(1)[0, target.place] = value if target.code is None else target.code
    return _cell(reader.write(row)[reader.columns()[target.place]][0])


def _modalities(
    without: Mapping[str, float], value: float, interval: tuple[float, float] | None
) -> pd.DataFrame:
    width = interval[1] - interval[0] if interval else 0.0
    frame = pd.DataFrame({"modality": list(without), "without": list(without.values())})
    frame["change"] = value - frame["without"]
    frame["intervals"] = np.nan if not width else frame["change"] / width
    order = frame["change"].abs().sort_values(ascending=False, kind="stable").index
    return frame.loc[order].reset_index(drop=True)


def _cells(
    readers: Mapping[str, Reader],
    batch: Batch,
    averages: Mapping[str, Tensor],
    parts: Mapping[str, Tensor],
) -> pd.DataFrame:
    rows = []
    for name, part in parts.items():
        value, average = (
            readers[name].write(x.cpu())
            for x in (batch.values[name], averages[name].nan_to_num()[None])
        )
        known = ~(batch.values[name][0] + averages[name]).isnan().flatten()
        for place in known.nonzero().flatten().tolist():
            column = readers[name].columns()[place]
            cells = (_cell(value[column][0]), _cell(average[column][0]))
            rows.append((f"{name}.{column}", *cells, float(part.flatten()[place])))
    frame = pd.DataFrame(rows, columns=["cell", "value", "average", "contribution"])
    order = frame["contribution"].abs().sort_values(ascending=False, kind="stable").index
    return frame.loc[order].reset_index(drop=True)


def _cell(cell: object) -> str:
    return f"{cell:.4g}" if isinstance(cell, float | np.floating) else str(cell)
