"""The records of a study file that a trained model is applied to."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from mmcore.config import DataConfig
from mmcore.config.predict import BatchChoice
from mmcore.config.study import StudyConfig
from mmcore.data import Data, open_data
from mmcore.errors import MmcoreError, listed
from mmcore.runs.folder.files import read_config_or_study
from mmcore.runs.run import Run

__all__ = ["new_records"]


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
    config = DataConfig(dir=data_dir, study=study.data(str(file.parent.resolve())))
    data = open_data(config, modalities, run.catalogue, new=True, batch=batch)
    return replace(data, notes=[*data.notes, *_without_effect(study, run, file)])


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
