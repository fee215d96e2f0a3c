"""How well a run imputes held-out records, beside baselines."""

from mmcore.errors import MmcoreError
from mmcore.metrics.imputation.rivals import beaten, held_out_comparisons, rival_tables
from mmcore.reporting.record import Table
from mmcore.runs.prediction.query import Query
from mmcore.runs.run import Run

__all__ = ["held_out_errors"]


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
    notes = ["the errors are those of the first member of the ensemble alone"] * bool(query.others)
    return rival_tables(compared), [*notes, *beaten(compared)]
