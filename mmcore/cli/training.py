"""The start and the continuation of runs by ``mmcore train``."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmcore.errors import MmcoreError
from mmcore.terminal.printing import Console

if TYPE_CHECKING:
    from mmcore.config import RunConfig
    from mmcore.data.tables import StudyRecords
    from mmcore.plugins import Catalogue
    from mmcore.runs.folder.declared import StudyRecord

__all__ = ["resume_run", "start"]


def start(
    modalities: dict[str, str],
    config: Path | None,
    choices: dict[str, Any],
    out: Path | None,
    allow_outside: bool,
    ensemble: int | None,
    processes: int | None,
) -> None:
    """Train a new run, or an ensemble of runs.

    Raises:
        MmcoreError: a choice or the data is not valid, or the folder has a run.
    """
    from mmcore.plugins import Catalogue
    from mmcore.plugins.configured import check_components
    from mmcore.runs.folder.files import RunFolder
    from mmcore.runs.settings.assemble import assemble, default_folder
    from mmcore.runs.settings.suggestions import announcement, suggestions

    if out is None and int(os.environ.get("TORCHELASTIC_MAX_RESTARTS", "0")) > 0:
        raise MmcoreError(
            "--max-restarts of torchrun needs a folder to continue in; add --out runs/NAME"
        )
    catalogue = Catalogue.discover()
    base, study, declared = (
        (None, None, None) if config is None else _base(config, choices, catalogue, allow_outside)
    )
    assemble(modalities, choices, base)  # suggestions depend on valid choices
    # A configuration has a value for everything.
    suggested = {} if base else suggestions(modalities, choices, catalogue)
    chosen = assemble(modalities, {**choices, **suggested}, base)
    check_components(chosen, catalogue)
    folder = RunFolder(out) if out is not None else default_folder(chosen)

    console, notes = Console(), announcement(suggested)
    if ensemble is None:
        from mmcore.runs.training.job import TrainingJob

        job = TrainingJob(chosen, folder, catalogue, console, study, notes, processes, declared)
        job.start()
    else:
        from mmcore.runs.training.ensemble import begin_ensemble, train_members

        for note in notes:
            console.print(f"note: {note}")
        begin_ensemble(folder, chosen, ensemble, declared)
        train_members(folder, catalogue, console, allow_outside=allow_outside, processes=processes)


def _base(
    config: Path, choices: dict[str, Any], catalogue: "Catalogue", allow_outside: bool
) -> "tuple[RunConfig, StudyRecords | None, StudyRecord | None]":
    """Return the configuration in a file, or that of a study file with its records and its content."""
    from mmcore.config.study import StudyConfig
    from mmcore.runs.folder.declared import StudyRecord
    from mmcore.runs.folder.files import read_config_or_study

    document = read_config_or_study(config, allow_outside)
    if not isinstance(document, StudyConfig):
        return document, None, None
    from mmcore.config import ModelConfig, TrainingConfig
    from mmcore.data.tables import fit_study

    model = {name: choices[name] for name in choices.keys() & ModelConfig.model_fields.keys()}
    training = {name: choices[name] for name in choices.keys() & TrainingConfig.model_fields.keys()}
    # The split depends on the seed, and settings must not be fitted on test records.
    update = {
        "model": document.model | model,
        "training": document.training | training,
        "seed": choices.get("seed", document.seed),
    }
    study = document.model_copy(update=update)
    fit = fit_study(study, config.parent, catalogue, choices.get("data_dir"))
    Console().print(f"chosen {fit.chosen}")
    return fit.config, fit.study, StudyRecord.of(config, document)


def resume_run(
    folder: Path,
    modalities: str | None,
    config: Path | None,
    choices: dict[str, Any],
    accept_changed_data: bool,
    allow_outside: bool,
    processes: int | None,
) -> None:
    """Continue a run, or the runs of an ensemble that are not finished.

    Raises:
        MmcoreError: other options are set, or the run is finished.
    """
    if modalities or choices.keys() - {"steps"}:
        raise MmcoreError(
            f"--resume {folder} continues with the configuration of the run; leave out the other options,"
            " except --steps, --config, --processes and --accept-changed-data"
        )
    from mmcore.plugins import Catalogue
    from mmcore.runs.folder.files import RunFolder
    from mmcore.runs.training.edited import steps_of

    steps = steps_of(RunFolder(folder), config, choices.get("steps"), allow_outside, Console())
    if RunFolder(folder).ensemble.is_file():
        if steps is not None:
            raise MmcoreError(
                f"'{folder}' holds an ensemble, whose runs keep their own length; extend each one with"
                f" mmcore train --resume {folder / 'member-0'} --steps {steps}"
            )
        from mmcore.runs.training.ensemble import train_members

        train_members(
            RunFolder(folder),
            Catalogue.discover(),
            Console(),
            accept_changed_data=accept_changed_data,
            allow_outside=allow_outside,
            processes=processes,
        )
        return
    from mmcore.runs.training.resuming import resume

    resume(
        folder,
        steps=steps,
        accept_changed_data=accept_changed_data,
        allow_outside=allow_outside,
        processes=processes,
    )
