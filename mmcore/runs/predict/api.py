"""The answers as functions: from the folder of a run to a table."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from mmcore.config.predict import ImputeSettings, ScoreSettings
from mmcore.errors import MmcoreError
from mmcore.runs.predict import embedding, imputation, scoring
from mmcore.runs.predict.opening import ask
from mmcore.runs.predict.query import Asked

__all__ = ["embed", "impute", "reference_of", "score"]


def impute(
    run: Path, data: Path | None = None, settings: ImputeSettings | None = None, **choices: Any
) -> pd.DataFrame:
    """Return records with their holes filled, as `mmcore.runs.predict.imputation.impute` says.

    Arguments:
        run: folder of a finished run.
        data: a study file with new records; those of the run if left out.
        settings: level, draws and seed.
        choices: ``split``, ``data_dir`` or ``catalogue``, as of `mmcore.runs.predict.opening.ask`.

    Raises:
        MmcoreError: no finished run, records that cannot be read, or no columns to write.
    """
    return _table(imputation.impute(ask(Path(run), data, **choices), settings))


def embed(run: Path, data: Path | None = None, *, seed: int = 0, **choices: Any) -> pd.DataFrame:
    """Return the joint representation of records, as `mmcore.runs.predict.embedding.embed` says.

    Arguments:
        run: folder of a finished run.
        data: a study file with new records; those of the run if left out.
        seed: of estimates.
        choices: as of `mmcore.runs.predict.opening.ask`.

    Raises:
        MmcoreError: no finished run, or records that cannot be read.
    """
    return _table(embedding.embed(ask(Path(run), data, **choices), seed))


def score(
    run: Path, data: Path | None = None, settings: ScoreSettings | None = None, **choices: Any
) -> pd.DataFrame:
    """Return how unusual records are, as `mmcore.runs.predict.scoring.score` says.

    Arguments:
        run: folder of a finished run.
        data: a study file with new records; those of the run if left out.
        settings: draws and seed.
        choices: as of `mmcore.runs.predict.opening.ask`.

    Raises:
        MmcoreError: no finished run, or records that cannot be read.
    """
    settings = settings or ScoreSettings()
    asked = ask(Path(run), data, **choices)
    known, _ = reference_of(Path(run), data, **choices)
    return _table(scoring.score(asked, scoring.Reference(known, settings), settings))


def reference_of(
    run: Path, data: Path | None = None, **choices: Any
) -> tuple[Asked | None, list[str]]:
    """Return the run's own training records, or None and why they cannot be had.

    Beside new records, ``data``, they are looked for where the run found them.
    """
    own = {**choices, "split": "train", **({} if data is None else {"data_dir": None})}
    try:
        return ask(run, **own), []
    except MmcoreError as error:
        return None, [f"no percentile: the training records cannot be read ({error})"]


def _table(frames: Iterator[pd.DataFrame]) -> pd.DataFrame:
    found = list(frames)
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame()
