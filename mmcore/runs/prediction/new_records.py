"""The records of a study file that a trained model is applied to."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path

import pandas as pd

from mmcore.config import DataConfig
from mmcore.config.predict import BatchChoice
from mmcore.config.study import StudyConfig, StudyData
from mmcore.data import Data, open_data
from mmcore.data.tables import Records
from mmcore.errors import MmcoreError, listed, nearest
from mmcore.runs.folder.files import read_config_or_study
from mmcore.runs.run import Run

__all__ = ["known_ids", "new_records"]

NAMED = 3


def new_records(run: Run, file: Path, data_dir: Path | None, batch: BatchChoice) -> Data:
    """Return the records of a study file, read with the settings of a run.

    Arguments:
        run: the run.
        file: the study file.
        data_dir: folder of the data.
        batch: with ``reference``, records of unknown batches are of the reference batch.

    Raises:
        MmcoreError: the file is no study, or its records cannot be read with these settings.
    """
    study = read_config_or_study(file, run.allow_outside)
    if not isinstance(study, StudyConfig):
        raise MmcoreError(
            f"'{file}' is the configuration of a run, expected a study file with 'modalities'"
        )
    modalities = run.model.config.modalities
    for name, modality in study.modalities.items():
        if name in modalities and modality.kind != modalities[name].kind:
            raise MmcoreError(
                f"'{file}' gives '{name}' the kind '{modality.kind}', the run was trained with"
                f" '{modalities[name].kind}'; correct the study file"
            )
    study, marks = _with_marks(study, run.config.data.study, file)
    config = DataConfig(dir=data_dir, study=study.data(str(file.parent.resolve())))
    data = open_data(config, modalities, run.catalogue, new=True, batch=batch)
    notes = (
        marks,
        _without_effect(study, run, file),
        _further_columns(run, data),
    )
    return replace(data, notes=[*data.notes, *chain(*notes)])


def _with_marks(
    study: StudyConfig, trained: StudyData | None, file: Path
) -> tuple[StudyConfig, list[str]]:
    """Return the study, with the marks of missing cells of the training if it has none, and a note."""
    marks = None if trained is None else trained.missing
    if not marks or study.missing is not None:
        return study, []
    note = f"cells with {_some(marks)} are missing, as in the training; 'missing' in '{file}' states others"
    return study.model_copy(update={"missing": marks}), [note]


def _without_effect(study: StudyConfig, run: Run, file: Path) -> Iterator[str]:
    """Yield a note on options of each modality that differ from those of the run, which are used."""
    for name, modality in study.modalities.items():
        trained = run.model.config.modalities.get(name)
        if trained is None:
            continue
        given, own = (
            run.catalogue.settings("modality", modality.kind, settings).model_dump()
            for settings in (modality.settings, trained.settings)
        )
        other = [option for option in modality.settings if given.get(option) != own.get(option)]
        if other:
            yield (
                f"'{file}' gives '{name}' other values of {listed(other)} than the training, without effect:"
                " a trained model reads records with its own options"
            )


def _further_columns(run: Run, data: Data) -> Iterator[str]:
    """Yield a note on columns of each modality that the training records did not have."""
    study = run.config.data.study
    apart = set() if study is None else _no_measurements(study)
    for name, records in data.splits["new"].records.items():
        reader = data.readers[name]
        known = (*reader.columns(), *reader.left_out())
        others = [column for column in records.names if column not in {*known, *apart}]
        if reader.columns() and others:
            are = "is no column" if len(others) == 1 else "are no columns"
            yield (
                f"{_some(others)} of '{records.source}' {are} of the training records of '{name}', without"
                f" effect{_misspelled(others, known, records)}"
            )


def _no_measurements(study: StudyData) -> set[str]:
    """Return the columns that the study of a run names as labels, covariates and so on."""
    labels, covariates, survival, batch = (
        study.labels,
        study.covariates,
        study.survival,
        study.batch,
    )
    return {
        study.split.by,
        *([] if labels is None else [labels.column]),
        *([] if covariates is None else covariates.columns),
        *([] if survival is None else [survival.time, survival.event]),
        *([] if batch is None else [batch.column]),
    }


def _misspelled(others: Sequence[str], known: Sequence[str], records: Records) -> str:
    """Return a hint if a column without a cell has a name that is similar to one of the others."""
    empty = [name for name in known if name in records.names and records.is_empty(name)]
    return next((hint for name in others if (hint := nearest(name, empty))), "")


def known_ids(ids: pd.Index, run: Data) -> list[str]:
    """Return notes if new records have ids of the training or held-out records of a run.

    Arguments:
        ids: of the new records.
        run: the data of the run.
    """
    notes = []
    for side, split in (("training", "train"), ("held-out", "test")):
        own = run.splits[split].ids if split in run.splits else None
        both = ids[:0] if own is None else ids[ids.isin(own)]
        if len(both):
            which = "1 id is that of a" if len(both) == 1 else f"{len(both)} ids are those of"
            some = f"{side} record{'s' * (len(both) > 1)} of the run, such as {_some(both[:2])}"
            notes.append(
                f"{which} {some}; if they are the same records, percentiles do not hold for them"
            )
    return notes


def _some(names: Sequence[str] | pd.Index) -> str:
    listing = ", ".join(f"'{name}'" for name in names[:NAMED])
    return f"{listing} and {len(names) - NAMED} more" if len(names) > NAMED else listing
