"""Imputed records in JSON, from the table of ``mmcore impute``."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import torch

from mmcore.config.predict import ImputeSettings
from mmcore.data.tables.imputed_columns import EFFECTIVE, HIGH, LOW, OBSERVED, PROBABILITY
from mmcore.inference.prediction.predictive import most_likely
from mmcore.jsonvalues import CellsForm, ValueForm, plain_cells
from mmcore.runs.prediction.imputation import impute
from mmcore.runs.prediction.query import Query

__all__ = ["imputed"]

CHUNK = 1000
PARTS = {"observed": OBSERVED, "low": LOW, "high": HIGH, "probability": PROBABILITY}
"""By part of an imputed record, the suffix of its columns."""

Columns = Mapping[str, list[Any]]
ImputedRecord = dict[str, Any]


def imputed(
    query: Query,
    forms: Mapping[str, ValueForm],
    records: Sequence[Mapping[str, Any]],
    settings: ImputeSettings,
) -> list[ImputedRecord]:
    """Return the records with values for all that they lack.

    Arguments:
        query: the records and a model.
        forms: of all modalities.
        records: the records in JSON, whose values do not change.
        settings: level, draws and seed.
    """
    (split,) = query.splits
    filled: list[ImputedRecord] = [
        {"id": key, "values": {}, **{part: {} for part in PARTS}} for key in split.ids
    ]
    columns = _table(query, settings)
    for name, form in forms.items():
        if isinstance(form, CellsForm):
            prefix = f"{name}." if len(query.readers) > 1 else ""
            _add_cells(filled, name, form, prefix, columns)
        else:
            _add_values(filled, name, form, query, records)
    for one, effective in zip(filled, columns.get(EFFECTIVE, []), strict=False):
        one[EFFECTIVE] = effective
    return filled


def _table(query: Query, settings: ImputeSettings) -> Columns:
    if not query.readers:
        return {}
    table = pd.concat(impute(query, settings))
    return {str(name): plain_cells(cells.to_numpy()) for name, cells in table.items()}


def _add_cells(
    filled: Sequence[ImputedRecord], name: str, form: CellsForm, prefix: str, columns: Columns
) -> None:
    for row, one in enumerate(filled):
        one["values"][name] = {c: columns[prefix + c][row] for c in form.columns}
        for part, end in PARTS.items():
            own = {
                c: columns[prefix + c + end][row]
                for c in form.columns
                if prefix + c + end in columns
            }
            one[part][name] = {c: value for c, value in own.items() if value is not None}


def _add_values(
    filled: Sequence[ImputedRecord],
    name: str,
    form: ValueForm,
    query: Query,
    records: Sequence[Mapping[str, Any]],
) -> None:
    """Add the values of a modality that is no table, as they are given or the most likely ones."""
    given = [record.get(name) for record in records]
    missing = np.array([form.is_missing(value) for value in given])
    written = iter(_likely(query, name, form, missing) if missing.any() else [])
    for one, value, is_missing in zip(filled, given, missing, strict=True):
        one["values"][name] = next(written) if is_missing else value
        one["observed"][name] = not is_missing


@torch.no_grad()
def _likely(query: Query, name: str, form: ValueForm, missing: np.ndarray) -> list[Any]:
    parts = [most_likely(query.model, c.encoding, name) for c in query.chunks(CHUNK, 0)]
    return form.write(torch.cat(parts)[torch.from_numpy(missing)])
