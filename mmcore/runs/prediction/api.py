"""Predictions as functions: from the folder of a run to a table."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from mmcore.config.predict import ImputeSettings, ScoreSettings
from mmcore.plugins import Catalogue
from mmcore.runs.members import open_members
from mmcore.runs.prediction import embedding, imputation, scoring
from mmcore.runs.prediction.conformal import Conformal
from mmcore.runs.prediction.query import Query, open_query, readable_training, training_query
from mmcore.runs.run import Run

__all__ = ["embed", "impute", "score"]


def impute(
    run: str | Path,
    data: Path | None = None,
    settings: ImputeSettings | None = None,
    **choices: Any,
) -> pd.DataFrame:
    """Return records with their missing values filled, see `mmcore.runs.prediction.imputation.impute`.

    Arguments:
        run: folder of a finished run, or of an ensemble.
        data: a study file with new records; the records of the run if left out.
        settings: level, draws, seed, the batch, and whether intervals are conformal.
        choices: ``split``, ``data_dir`` and ``accept_changed_data`` as of
            `mmcore.runs.prediction.query.open_query`, and ``catalogue`` and ``allow_outside`` as of
            `mmcore.runs.run.Run.open`.

    Raises:
        MmcoreError: the run is not finished, records cannot be read, or no modality has columns.
    """
    settings = settings or ImputeSettings()
    opened, query = _query(run, data, members=True, batch=settings.batch, **choices)
    conformal = Conformal.of(opened, query, settings)
    return _table(imputation.impute(query, settings, conformal))


def embed(
    run: str | Path,
    data: Path | None = None,
    *,
    seed: int = 0,
    clusters: int | Literal["auto"] | None = None,
    **choices: Any,
) -> pd.DataFrame:
    """Return the joint representation of records, see `mmcore.runs.prediction.embedding.embed`.

    Arguments:
        run: folder of a finished run.
        data: a study file with new records; the records of the run if left out.
        seed: of estimates and of clusters.
        clusters: number of clusters, or ``auto``, see `mmcore.runs.prediction.clusters.clustering`; none if
            left out.
        choices: see `impute`, and ``batch``, with which ``reference`` takes new records of unknown batches.

    Raises:
        MmcoreError: the run is not finished, records cannot be read, or ``clusters`` is too large.
    """
    opened, query = _query(run, data, **choices)
    return _table(embedding.embed(query, seed, _assign(opened, query, clusters, seed)))


def score(
    run: str | Path,
    data: Path | None = None,
    settings: ScoreSettings | None = None,
    **choices: Any,
) -> pd.DataFrame:
    """Return the log-likelihood of records, see `mmcore.runs.prediction.scoring.score`.

    Arguments:
        run: folder of a finished run.
        data: a study file with new records; the records of the run if left out.
        settings: draws and seed.
        choices: see `impute`.

    Raises:
        MmcoreError: the run is not finished, or records cannot be read.
    """
    settings = settings or ScoreSettings()
    opened, query = _query(run, data, **choices)
    training, _ = training_query(opened, query)
    return _table(scoring.score(query, scoring.Reference(training, settings), settings))


def _assign(
    run: Run, query: Query, clusters: int | Literal["auto"] | None, seed: int
) -> embedding.Assign | None:
    if clusters is None:
        return None
    from mmcore.runs.prediction.clusters import clustering

    return clustering(readable_training(run, query), clusters, seed).assign


def _query(
    run: str | Path,
    data: Path | None,
    *,
    catalogue: Catalogue | None = None,
    allow_outside: bool = False,
    members: bool = False,
    **choices: Any,
) -> tuple[Run, Query]:
    catalogue = catalogue or Catalogue.discover()
    if members:
        runs = open_members(Path(run), catalogue, allow_outside=allow_outside)
    else:
        runs = [Run.open(run, catalogue, allow_outside=allow_outside)]
    return runs[0], open_query(runs[0], data, **choices).pooled([r.model for r in runs[1:]])


def _table(frames: Iterator[pd.DataFrame]) -> pd.DataFrame:
    tables = list(frames)
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()
