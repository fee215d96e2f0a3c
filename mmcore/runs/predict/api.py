"""Predictions as functions: from the folder of a run to a table."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from mmcore.config.predict import ImputeSettings, ScoreSettings
from mmcore.plugins import Catalogue
from mmcore.runs.predict import embedding, imputation, scoring
from mmcore.runs.predict.query import Query, open_query, training_query
from mmcore.runs.run import Run

__all__ = ["embed", "impute", "score"]


def impute(
    run: str | Path,
    data: Path | None = None,
    settings: ImputeSettings | None = None,
    **choices: Any,
) -> pd.DataFrame:
    """Return records with their missing values filled, see `mmcore.runs.predict.imputation.impute`.

    Arguments:
        run: folder of a finished run.
        data: a study file with new records; the records of the run if left out.
        settings: level, draws and seed.
        choices: ``split``, ``data_dir`` and ``accept_changed_data`` as of
            `mmcore.runs.predict.query.open_query`, and ``catalogue`` and ``allow_outside`` as of
            `mmcore.runs.run.Run.open`.

    Raises:
        MmcoreError: the run is not finished, records cannot be read, or no modality has columns.
    """
    return _table(imputation.impute(_query(run, data, **choices)[1], settings))


def embed(
    run: str | Path, data: Path | None = None, *, seed: int = 0, **choices: Any
) -> pd.DataFrame:
    """Return the joint representation of records, see `mmcore.runs.predict.embedding.embed`.

    Arguments:
        run: folder of a finished run.
        data: a study file with new records; the records of the run if left out.
        seed: of estimates.
        choices: as of `impute`.

    Raises:
        MmcoreError: the run is not finished, or records cannot be read.
    """
    return _table(embedding.embed(_query(run, data, **choices)[1], seed))


def score(
    run: str | Path,
    data: Path | None = None,
    settings: ScoreSettings | None = None,
    **choices: Any,
) -> pd.DataFrame:
    """Return the log-likelihood of records, see `mmcore.runs.predict.scoring.score`.

    Arguments:
        run: folder of a finished run.
        data: a study file with new records; the records of the run if left out.
        settings: draws and seed.
        choices: as of `impute`.

    Raises:
        MmcoreError: the run is not finished, or records cannot be read.
    """
    settings = settings or ScoreSettings()
    opened, query = _query(run, data, **choices)
    training, _ = training_query(opened, query)
    return _table(scoring.score(query, scoring.Reference(training, settings), settings))


def _query(
    run: str | Path,
    data: Path | None,
    *,
    catalogue: Catalogue | None = None,
    allow_outside: bool = False,
    **choices: Any,
) -> tuple[Run, Query]:
    opened = Run.open(run, catalogue, allow_outside=allow_outside)
    return opened, open_query(opened, data, **choices)


def _table(frames: Iterator[pd.DataFrame]) -> pd.DataFrame:
    tables = list(frames)
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()
