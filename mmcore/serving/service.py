"""The predictions of a service for records in JSON."""

from collections.abc import Mapping, Sequence
from typing import Any, final

import pandas as pd
import torch
from torch import Tensor

from mmcore.config.predict import ImputeSettings, ScoreSettings
from mmcore.errors import MmcoreError
from mmcore.jsonvalues import forms_of, plain_cells, records_data
from mmcore.model import Model
from mmcore.runs.prediction import embedding, scoring
from mmcore.runs.prediction.query import Query
from mmcore.serving.imputing import imputed

__all__ = ["Service"]

Record = Mapping[str, Any]
Response = dict[str, Any]


@final
class Service:
    """A trained model that computes predictions for records in JSON.

    A response depends on the request alone: the same seed gives the same draws after any other request. Its
    methods are called one at a time, because likelihoods draw from the global generators of torch.

    Arguments:
        model: a trained model, in eval mode.
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        self.forms = forms_of(model)

    def impute(
        self, records: Sequence[Record], ids: Sequence[str] | None, settings: ImputeSettings
    ) -> Response:
        """Return the records with a value for each cell and each modality.

        Columns are those of `mmcore.impute`, and other modalities the most likely values.

        Raises:
            MmcoreError: a record is not valid.
        """
        query = self._query(records, ids)
        written = imputed(query, self.forms, records, settings)
        return {"records": written, "notes": query.notes}

    def embed(self, records: Sequence[Record], ids: Sequence[str] | None, seed: int) -> Response:
        """Return the joint representation of records, as `mmcore.embed`.

        Raises:
            MmcoreError: a record is not valid.
        """
        query = self._query(records, ids)
        table = pd.concat(embedding.embed(query, seed))
        dims = range(self.model.config.content_dim)
        written = [
            {
                "id": row["id"],
                "given": self._given(row),
                "mean": [row[f"mean_{d}"] for d in dims],
                "sd": [row[f"sd_{d}"] for d in dims],
                "nats": {n: row[f"nats.{n}"] for n in self._given(row)},
            }
            for row in _rows(table)
        ]
        return {"records": written, "notes": query.notes}

    def score(
        self, records: Sequence[Record], ids: Sequence[str] | None, settings: ScoreSettings
    ) -> Response:
        """Return the log-likelihood of records, as `mmcore.score`, without percentiles.

        A percentile needs the training records, which a service does not read.

        Raises:
            MmcoreError: a record is not valid.
        """
        query = self._query(records, ids)
        frames = scoring.score(query, scoring.Reference(None, settings), settings)
        names = ("log_p", "standard_error", "effective_samples")
        written = [
            {"id": row["id"], "given": self._given(row)}
            | {name: row[name] for name in names}
            | {"by_modality": self._by_modality(row, settings)}
            for row in _rows(pd.concat(frames))
        ]
        return {"records": written, "notes": query.notes}

    def generate(
        self, rows: int, given: Record | None, names: Sequence[str] | None, seed: int
    ) -> Response:
        """Return generated records, as `Model.generate`, or as `Model.translate` if values are given.

        Raises:
            MmcoreError: the given record is not valid.
        """
        wanted = list(names or self.model.names)
        if given is None:
            generated, notes = self.model.generate(rows, seed=seed), []
        else:
            query = self._query([given], None)
            generated = self.model.translate(self._repeated(query, rows), wanted, seed=seed)
            notes = query.notes
        written = {name: self.forms[name].write(generated[name]) for name in wanted}
        rows_written = [
            {name: values[row] for name, values in written.items()} for row in range(rows)
        ]
        return {"records": rows_written, "notes": notes}

    def _query(self, records: Sequence[Record], ids: Sequence[str] | None) -> Query:
        query = Query.of(self.model, records_data(self.forms, records, ids))
        _check_values(query)
        return query

    def _repeated(self, query: Query, rows: int) -> dict[str, Tensor]:
        """Return the values of the first record, in each of some rows."""
        (split,) = query.splits
        batch = split.fetch(torch.zeros(rows, dtype=torch.long))
        return {name: batch.values[name] for name in batch.values if bool(batch.present[name][0])}

    def _given(self, row: Mapping[str, Any]) -> list[str]:
        return str(row["given"]).split("+")

    def _by_modality(self, row: Mapping[str, Any], settings: ScoreSettings) -> dict[str, Any]:
        names = self._given(row) if settings.by_modality else []
        return {name: row[f"log_p.{name}"] for name in names}


def _check_values(query: Query) -> None:
    """Check that each record has a value after cells such as unknown categories are missing."""
    (split,) = query.splits
    if len(without := split.ids.delete(split.rows.numpy())):
        raise MmcoreError(
            f"record '{without[0]}' has no value that the model can read ({'; '.join(query.notes)}); give"
            " it at least one"
        )


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    columns = {str(name): plain_cells(cells.to_numpy()) for name, cells in table.items()}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
