"""Conformal intervals: imputation intervals, scaled on held-out records of the same pattern."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self, final

import torch
from torch import Tensor

from mmcore.batch import Batch
from mmcore.config.predict import ImputeSettings
from mmcore.errors import MmcoreError
from mmcore.inference.prediction.conformal import (
    conformal_factor,
    least_rows,
    nonconformity,
    stretched,
)
from mmcore.inference.prediction.pooling import pooled_draws
from mmcore.inference.prediction.predictive import Predictive, pooled_predictive, units
from mmcore.inference.representation.subsets import subset_name
from mmcore.runs.prediction.query import Chunk, Query, held_out_query
from mmcore.runs.run import Run

__all__ = ["Conformal"]

ROWS, MOST = 200, 1000
"""Records that are encoded at once, and calibration records of a pattern."""
FOLDS = 10


@dataclass(frozen=True, slots=True)
class _Pattern:
    """The observed modalities of a record, and whether a part of the imputed one is observed."""

    given: tuple[str, ...]
    is_partial: bool

    @property
    def observed(self) -> str:
        """The observed values on which the interval depends, in words."""
        others = subset_name(self.given)
        if not self.is_partial:
            return others
        return f"its other cells and {others}" if others else "its other cells"


@final
class Conformal:
    """Factors of intervals by modality, pattern and column.

    A record whose modality is missing is calibrated on the held-out records that have the modality and
    all that the record has: the modality is hidden, and imputed from what the record has. A record of
    which single cells are missing is calibrated on the same records, of which one tenth of the columns of
    the modality is hidden at a time.

    Arguments:
        held_out: records that the model was not trained on.
        settings: level, draws and seed of the intervals.
    """

    def __init__(self, held_out: Query, settings: ImputeSettings) -> None:
        self._query, self._settings = held_out, settings
        self._factors: dict[tuple[str, _Pattern], tuple[Tensor, int]] = {}

    @classmethod
    def of(cls, run: Run, query: Query, settings: ImputeSettings) -> Self | None:
        """Return the factors from the held-out records of a run, or None if no interval is scaled.

        Raises:
            MmcoreError: the records of the run cannot be read.
        """
        return cls(held_out_query(run, query), settings) if settings.conformal else None

    @property
    def notes(self) -> list[str]:
        """The number of calibration records of the patterns so far, one sentence for each modality."""
        rows: dict[str, dict[str, int]] = {}
        for (name, pattern), (_, count) in self._factors.items():
            rows.setdefault(name, {})[pattern.observed] = count
        return [_calibrated(name, by_pattern) for name, by_pattern in rows.items()]

    def adjust(self, prediction: Predictive, chunk: Chunk, name: str) -> Predictive:
        """Return a prediction with scaled intervals, where cells are missing.

        Raises:
            MmcoreError: too few held-out records have what a record has.
        """
        low, high = prediction.low.clone(), prediction.high.clone()
        unit = self._unit(name, low)
        missing = self._missing(prediction, chunk, name)
        for pattern, rows in self._patterns(chunk, name, missing).items():
            factor = self._factor(name, pattern)
            self._check(name, pattern, factor.isnan() & missing[rows].any(0))
            scaled = stretched(low[rows], high[rows], factor, unit)
            low[rows], high[rows] = scaled[0].to(low), scaled[1].to(high)
        return replace(prediction, low=low, high=high)

    def _missing(self, prediction: Predictive, chunk: Chunk, name: str) -> Tensor:
        """Return which numbers are imputed, (B, *E)."""
        absent = ~torch.from_numpy(chunk.present[name]).to(prediction.low.device)
        missing = absent.reshape(-1, *[1] * (prediction.low.dim() - 1)).expand_as(prediction.low)
        if name in chunk.encoding.values:
            missing = missing | chunk.encoding.values[name].isnan()
        return missing & prediction.on_scale

    def _patterns(self, chunk: Chunk, name: str, missing: Tensor) -> dict[_Pattern, Tensor]:
        """Return the rows of each pattern that have a number to impute."""
        groups: dict[_Pattern, list[int]] = {}
        for row in missing.flatten(1).any(1).nonzero()[:, 0].tolist():
            has = {other for other, present in chunk.present.items() if present[row]}
            given = tuple(o for o in self._query.model.names if o in has and o != name)
            groups.setdefault(_Pattern(given, name in has), []).append(row)
        return {pattern: torch.tensor(rows) for pattern, rows in groups.items()}

    def _factor(self, name: str, pattern: _Pattern) -> Tensor:
        key = name, pattern
        if key not in self._factors:
            parts = self._calibration_scores(name, pattern)
            scores = torch.cat(parts) if parts else torch.empty(0, *self._shape(name))
            factor = conformal_factor(scores, self._settings.level)
            self._factors[key] = factor.to(self._query.model.device), len(scores)
        return self._factors[key][0]

    @torch.no_grad()
    def _calibration_scores(self, name: str, pattern: _Pattern) -> list[Tensor]:
        parts: list[Tensor] = []
        for chunk in self._query.chunks(ROWS, self._settings.seed):
            rows = chunk.encoding.has((name, *pattern.given)).cpu()
            room = MOST - sum(map(len, parts))
            chosen = chunk.rows[rows][:room]
            if len(chosen):
                batch = chunk.split.fetch(chosen, self._settings.seed).to(self._query.model.device)
                parts.append(self._hidden_scores(batch, chunk, name, pattern))
        return parts

    def _hidden_scores(self, batch: Batch, chunk: Chunk, name: str, pattern: _Pattern) -> Tensor:
        """Return the scores of the hidden numbers of a batch, (N, *E)."""
        codec = self._query.model.codec
        truth = codec.prepared(batch.only([name]))[name]
        out, seen = torch.full_like(truth, torch.nan), pattern.given
        if not pattern.is_partial:
            return self._scores_of(batch, seen, truth, chunk, name)
        folds = torch.arange(truth[0].numel(), device=truth.device).reshape(truth.shape[1:]) % FOLDS
        for fold in range(int(folds.max()) + 1):
            hidden = batch.values[name].masked_fill(folds == fold, torch.nan)
            partly = replace(batch, values={**batch.values, name: hidden})
            scores = self._scores_of(partly, (*seen, name), truth, chunk, name)
            out = torch.where(folds == fold, scores, out)
        return out

    def _scores_of(
        self, batch: Batch, given: Sequence[str], truth: Tensor, chunk: Chunk, name: str
    ) -> Tensor:
        models, settings = self._query.models, self._settings
        encodings = [model.codec.encode(batch).restrict(given) for model in models]
        noise = chunk.noise.resized(len(batch)).at("conformal")
        drawn = pooled_draws(models, encodings, settings.posterior, settings.samples, noise)
        prediction = pooled_predictive(drawn, name, settings.level, noise)
        return nonconformity(prediction.low, prediction.high, truth, self._unit(name, truth))

    def _unit(self, name: str, values: Tensor) -> Tensor:
        return units(self._query.model.codec[name], values)

    def _shape(self, name: str) -> torch.Size:
        return self._query.model.codec[name].event_shape

    def _check(self, name: str, pattern: _Pattern, lacking: Tensor) -> None:
        if not bool(lacking.any()):
            return
        level, rows = self._settings.level, self._factors[name, pattern][1]
        place = int(lacking.flatten().nonzero()[0])
        column = self._query.readers[name].columns()[place]
        raise MmcoreError(
            f"the intervals of {name} given {pattern.observed} are calibrated on {rows} held-out records,"
            f" too few of which have the column '{column}', expected at least {least_rows(level)} at level"
            f" {level:g}; lower the level, hold out more records, or leave conformal out"
        )


def _calibrated(name: str, rows: Mapping[str, int]) -> str:
    fewest, most = min(rows, key=lambda observed: rows[observed]), max(rows.values())
    if len(rows) == 1:
        return (
            f"conformal intervals of {name} given {fewest}: calibrated on {most} held-out records"
        )
    range_ = f"{most}" if rows[fewest] == most else f"{rows[fewest]} to {most}"
    least = "" if rows[fewest] == most else f", the fewest given {fewest}"
    return (
        f"conformal intervals of {name}: calibrated on {range_} held-out records for each of {len(rows)} sets"
        f" of given values{least}"
    )
