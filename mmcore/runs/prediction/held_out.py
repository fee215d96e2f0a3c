"""Errors of a run on held-out records, compared with those of baselines."""

import torch

from mmcore.errors import MmcoreError
from mmcore.metrics.imputation.baseline_comparison import (
    comparison_tables,
    held_out_comparisons,
    worse_than_baselines,
)
from mmcore.model import Model
from mmcore.reporting.record import Table
from mmcore.runs.prediction.query import Query
from mmcore.runs.run import Run

__all__ = ["held_out_errors"]

FOR_TABLES = "factors"
"""The method made for the imputation of tables."""


def held_out_errors(run: Run, query: Query, seed: int) -> tuple[list[Table], list[str]]:
    """Return the errors of a model and of baselines on held-out records of its run, and notes.

    Each modality is imputed from all others that a record has. For a query over new records, the
    records of the run are read from the folder of the training.

    Arguments:
        run: of the model.
        query: its model and records.
        seed: which held-out records, at most 200, and draws.
    """
    data = query.data
    if "test" not in data.splits:
        try:
            data = run.data()
        except MmcoreError as error:
            return [], [
                f"no comparison with baselines: the records of the run cannot be read ({error})"
            ]
    compared = held_out_comparisons(query.model, data, seed)
    notes = worse_than_baselines(compared)
    if notes:
        notes = [*notes, *_advice(query.model)]
    if query.others:
        notes = ["the errors are those of the first member of the ensemble alone", *notes]
    return comparison_tables(compared), notes


def _advice(model: Model) -> list[str]:
    """Return a remark on the method of tables, if the model has another one and a table."""
    modalities = model.codec.modalities.values()
    linear = [m.linear_features(torch.zeros(1, *m.event_shape)) is not None for m in modalities]
    if model.config.method == FOR_TABLES or not any(linear):
        return []
    return [
        f"the method {FOR_TABLES} may impute tables better than {model.config.method}: set"
        f" model: {{method: {FOR_TABLES}}} in the study file and train again; see docs/methods.md"
    ]
