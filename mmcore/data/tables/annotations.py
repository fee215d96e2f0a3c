"""Columns of a study that are never modelled: covariates, and the times of an event."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mmcore.config.study import CovariatesConfig, StudyData, SurvivalConfig
from mmcore.data.tables.ids import check_common, quoted
from mmcore.data.tables.parsing import as_numbers
from mmcore.data.tables.reading import StudyTables
from mmcore.errors import MmcoreError

__all__ = ["EVENT", "TIME", "Annotations", "described", "read_annotations"]

TIME, EVENT = "time", "event"
WORDS = {"1": True, "true": True, "0": False, "false": False}


@dataclass(frozen=True, slots=True)
class Annotations:
    """Covariates and times of an event, with a row for each record.

    Arguments:
        covariates: a column for each covariate: float64, or the words of categories; NaN where missing.
        survival: ``time``, float64, and ``event``, 1.0 where it occurred and 0.0 where the observation
            ended before; both NaN where one is missing, and no columns if the study names none.
        time: name of the column of times in the file.
    """

    covariates: pd.DataFrame
    survival: pd.DataFrame
    time: str = TIME

    def of(self, ids: pd.Index) -> "Annotations":
        """Return the rows of ``ids``, in this order; an id without a row has missing cells."""
        return Annotations(self.covariates.reindex(ids), self.survival.reindex(ids), self.time)


def described(annotations: Annotations, ids: pd.Index) -> list[str]:
    """Return a remark on the covariates and one on the survival of the records ``ids``."""
    own, remarks = annotations.of(ids), []
    if not own.covariates.columns.empty:
        columns = [f"{name} ({_kind(cells)})" for name, cells in own.covariates.items()]
        remarks.append(f"covariates, which are not modelled: {', '.join(columns)}")
    if not own.survival.columns.empty:
        known, events = int(own.survival[TIME].notna().sum()), int(own.survival[EVENT].sum())
        remarks.append(
            f"survival, which is not modelled: {known} of {len(ids)} records have a time, {events} the event"
        )
    return remarks


def _kind(cells: pd.Series) -> str:
    missing = int(cells.isna().sum())
    kind = "numbers" if cells.dtype.kind in "fiu" else f"{cells.nunique()} categories"
    return f"{kind}, {missing} missing" if missing else kind


def read_annotations(study: StudyData, tables: StudyTables, ids: pd.Index) -> Annotations | None:
    """Return the covariates and the survival of a study; None if it names neither.

    Arguments:
        study: names the files.
        tables: the tables of the study.
        ids: of all records.

    Raises:
        MmcoreError: a file cannot be read, a cell is not valid, or no id is that of a record.
    """
    if study.covariates is None and study.survival is None:
        return None
    nothing = pd.DataFrame(index=pd.Index([], dtype=object))
    covariates, survival, time = nothing, nothing, TIME
    if study.covariates is not None:
        covariates = _covariates(study.covariates, study, tables)
        check_common("covariates", covariates.index, ids)
    if study.survival is not None:
        survival = _survival(_placed(study.survival, study), study, tables)
        time = study.survival.time
        check_common("survival", survival.index, ids)
    return Annotations(covariates, survival, time)


def _placed(config: SurvivalConfig, study: StudyData) -> SurvivalConfig:
    """Return the survival with a file, that of the covariates if it names none."""
    if config.file is not None:
        return config
    assert study.covariates is not None, "checked by StudyData"
    place = study.covariates
    return config.model_copy(
        update={**place.layout.model_dump(), "file": place.file, "id": config.id or place.id}
    )


def _covariates(config: CovariatesConfig, study: StudyData, tables: StudyTables) -> pd.DataFrame:
    texts = pd.DataFrame({name: tables.column(study, config, name) for name in config.columns})
    numbers = [name for name in config.columns if name not in config.categories]
    return texts.assign(**dict(as_numbers(texts[numbers], config.file).items()))[
        list(config.columns)
    ]


def _survival(config: SurvivalConfig, study: StudyData, tables: StudyTables) -> pd.DataFrame:
    columns = {name: tables.column(study, config, name) for name in (config.time, config.event)}
    cells = pd.DataFrame(columns).dropna()
    times = as_numbers(cells[[config.time]], str(config.file))[config.time]
    numbers = pd.to_numeric(times, errors="coerce")
    wrong = cells[config.time][~numbers.between(0, np.inf, inclusive="left")]
    if len(wrong):
        raise MmcoreError(
            f"the time '{wrong.iloc[0]}' of id '{wrong.index[0]}' in column '{config.time}' of"
            f" '{config.file}' is not valid, expected a finite number of 0 or more; correct the cell, or"
            " leave it empty"
        )
    return pd.DataFrame({TIME: numbers.astype(float), EVENT: _events(config, cells[config.event])})


def _events(config: SurvivalConfig, cells: pd.Series) -> pd.Series:
    if config.occurred is not None:
        events = cells == config.occurred
        if not events.any():
            raise MmcoreError(
                f"no cell of column '{config.event}' of '{config.file}' is '{config.occurred}', which"
                f" survival.occurred names; it has {quoted(pd.Index(cells.unique()))}"
            )
        return events.astype(float)
    events = cells.str.casefold().map(WORDS)
    if events.isna().any():
        raise MmcoreError(
            f"column '{config.event}' of '{config.file}' has '{cells[events.isna()].iloc[0]}', expected 1 or"
            " 0, or true or false; name the word for an event that occurred with survival.occurred"
        )
    return events.astype(float)
