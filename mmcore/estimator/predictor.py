"""Predictions of a trained model for tables in memory."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import final

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from torch.distributions import Distribution

from mmcore.config import DataConfig, ImputeSettings, RecordsConfig, StudyData
from mmcore.config.study import BatchConfig
from mmcore.data.tables import Reader, readers_of
from mmcore.data.tables.open import open_records
from mmcore.errors import MmcoreError, nearest
from mmcore.estimator.tables import ID, InputTables
from mmcore.inference.likelihood.importance import scorers_of, scorings_of
from mmcore.inference.likelihood.importance_sampling import log_likelihood
from mmcore.inference.prediction.predictive import on_scale
from mmcore.model import Model
from mmcore.noise import Noise, derived_seed, seed_layers
from mmcore.plugins import Catalogue
from mmcore.runs.prediction import Query, imputation
from mmcore.runs.prediction.conformal import Conformal

__all__ = ["Predictor"]

CHUNK = 1000
NUMBERS_AT_ONCE, ROWS_OF_NUMBERS = 1 << 20, 1 << 22
"""Numbers in the draws of a row that are decoded at once."""
SEED = 0
"""Seed of all estimates, so that equal rows have equal results."""

Columns = Mapping[str, pd.DataFrame]


@final
@dataclass(frozen=True)
class Predictor:
    """A trained model that is applied to tables in memory.

    Arguments:
        model: in eval mode.
        others: further members of an ensemble, whose draws `impute` pools with those of the model.
        records: by modality, its table and the columns of it.
        batch: the table and the column of the batch of each row; None without batches.
        catalogue: where readers are found.
    """

    model: Model
    others: Sequence[Model]
    records: Mapping[str, RecordsConfig]
    batch: BatchConfig | None
    catalogue: Catalogue

    @torch.no_grad()
    def embed(self, tables: InputTables) -> np.ndarray:
        """Return the mean of q(c | x) for each row, (N, D) float64; of p(c) for a row without a value."""
        parts = [_numbers(self.model.prior.mean).reshape(1, -1)]
        ids: list[str] = []
        for chunk in self._query(tables).chunks(CHUNK, SEED):
            parts.append(_numbers(self.model.inference(chunk.encoding).mean))
            ids.extend(chunk.ids)
        # A row that is not among the ids has the place -1 + 1: the prior.
        rows: np.ndarray = np.concatenate(parts)[pd.Index(ids).get_indexer(tables.ids) + 1]
        return rows

    @torch.no_grad()
    def log_p(self, tables: InputTables, draws: int) -> np.ndarray:
        """Return log p(x) of each row, (N,) nats; 0 for a row without a value.

        Every row uses the same random numbers, so that a result does not depend on the other rows.

        Arguments:
            tables: the rows.
            draws: importance samples of each row.
        """
        codec = self.model.codec
        widest = max(m.event_shape.numel() for m in self.model.codec.modalities.values())
        # The numbers of a draw depend on how many are drawn at once, which is the same for all rows.
        at_once = max(1, min(draws, NUMBERS_AT_ONCE // widest))
        rows = max(1, ROWS_OF_NUMBERS // (at_once * widest))
        noise, scorings = Noise(1, SEED, device=self.model.device).at("score"), scorings_of(codec)
        scores: dict[str, float] = {}
        for chunk in self._query(tables).chunks(rows, SEED):
            estimate = log_likelihood(
                codec,
                self.model.inference,
                chunk.encoding,
                codec.names,
                noise.shared_by(len(chunk.ids)),
                draws,
                scorers=scorers_of(scorings, chunk.encoding),
                draws_at_once=at_once,
            )
            scores |= zip(chunk.ids, estimate.log_p.tolist(), strict=True)
        return np.array([scores.get(key, 0.0) for key in tables.ids])

    def impute(
        self, tables: InputTables, settings: ImputeSettings, held_out: InputTables | None = None
    ) -> pd.DataFrame:
        """Return the table of ``mmcore impute``, indexed by id, for the rows that have a value.

        Arguments:
            tables: the rows.
            settings: level, draws and seed.
            held_out: rows on which intervals are scaled; None: they are those of the model.
        """
        conformal = None if held_out is None else Conformal(self._query(held_out), settings)
        parts = list(imputation.impute(self._query(tables), settings, conformal))
        return pd.concat(parts).set_index(ID) if parts else pd.DataFrame()

    def imputed(self, tables: InputTables, settings: ImputeSettings) -> dict[str, pd.DataFrame]:
        """Return a value for every cell by modality, indexed by id.

        That of a row without any value is the one at the mean of the prior.
        """
        table = self.impute(tables, settings)
        typical = self.decode(_numbers(self.model.prior.mean).reshape(1, -1))
        prefixed, result = len(self.readers) > 1, {}
        for name, frame in typical.items():
            names = [f"{name}.{column}" if prefixed else column for column in frame.columns]
            own = table.reindex(index=tables.ids, columns=names).set_axis(frame.columns, axis=1)
            result[name] = own.fillna(frame.iloc[0])
        return result

    @property
    def readers(self) -> dict[str, Reader]:
        """The readers of the modalities that can be written as columns."""
        readers = readers_of(self.model.config.modalities, self.catalogue)
        return {name: reader for name, reader in readers.items() if reader.columns()}

    @torch.no_grad()
    def decode(self, content: np.ndarray) -> dict[str, pd.DataFrame]:
        """Return the expected number or the most likely category of each column, by modality.

        Arguments:
            content: (N, D); the styles are the means of their priors.
        """
        codec = self.model.codec
        z = torch.tensor(content, dtype=self._type, device=self.model.device)
        styles = {name: codec.style_prior(name).mean for name in self.model.names}
        return self._written(
            {
                name: self._expected(
                    name, reader, codec.decode(name, z, styles[name].expand(len(z), -1))
                )
                for name, reader in self.readers.items()
            }
        )

    @torch.no_grad()
    def sample(self, rows: int, seed: int) -> dict[str, pd.DataFrame]:
        """Return draws of the generation prior and the likelihoods, by modality."""
        noise = Noise(rows, seed, device=self.model.device).at("sample")
        with torch.random.fork_rng():
            seed_layers(derived_seed("sample", seed), self.model.device)
            drawn = self.model.generation_prior.sample(noise)
            return self._written(
                {
                    name: self.model.codec.decode(name, drawn.content, drawn.styles[name]).sample()
                    for name in self.readers
                }
            )

    @property
    def _type(self) -> torch.dtype:
        return next(self.model.parameters()).dtype

    def _expected(self, name: str, reader: Reader, likelihood: Distribution) -> Tensor:
        mode: Tensor = likelihood.mode
        if prod(mode.shape[1:]) != len(reader.columns()):
            return mode  # elements that are no columns, such as the letters of a text
        return torch.where(on_scale(self.model, name, mode), likelihood.mean, mode)

    def _written(self, values: Mapping[str, Tensor]) -> dict[str, pd.DataFrame]:
        readers = self.readers
        return {name: pd.DataFrame(readers[name].write(value)) for name, value in values.items()}

    def _query(self, tables: InputTables) -> Query:
        known = dict.fromkeys(str(place.file) for place in self.records.values())
        if self.batch is not None:
            known[self.batch.file] = None
        for name in tables.frames:
            if name not in known:
                raise MmcoreError(
                    f"there is a table '{name}', expected tables of the training:"
                    f" {', '.join(known)}{nearest(name, known)}"
                )
        records = {n: place for n, place in self.records.items() if place.file in tables.frames}
        # Without its table, the error on rows without a batch names what to add.
        batch = self.batch if self.batch and self.batch.file in tables.frames else None
        study = StudyData(id=ID, records=records, batch=batch, allow_outside=True)
        data = open_records(
            DataConfig(study=study), self.model.config.modalities, self.catalogue, tables.opened
        )
        for note in data.notes:
            warnings.warn(note, UserWarning, stacklevel=4)
        return Query.of(self.model, data).pooled(self.others)


def _numbers(values: Tensor) -> np.ndarray:
    numbers: np.ndarray = values.detach().cpu().double().numpy()
    return numbers
