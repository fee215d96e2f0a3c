"""Training of an ensemble: a run for each seed, in one folder."""

from mmcore.config import RunConfig
from mmcore.errors import MmcoreError
from mmcore.plugins import Catalogue
from mmcore.runs.folder.declared import StudyRecord
from mmcore.runs.folder.files import RunFolder
from mmcore.runs.members import EnsembleRecord, member_folder
from mmcore.runs.training.job import TrainingJob
from mmcore.runs.training.resuming import resume
from mmcore.storage.schemas import read_document, write_document
from mmcore.terminal.printing import Console

__all__ = ["begin_ensemble", "train_members"]


def begin_ensemble(
    folder: RunFolder, config: RunConfig, size: int, declared: StudyRecord | None = None
) -> None:
    """Write ``ensemble.json`` to a new folder, and the study file of the configuration, if any.

    Raises:
        MmcoreError: the folder has a run or an ensemble, or ``size`` is less than 2.
    """
    if size < 2:
        raise MmcoreError(f"an ensemble of {size} is none; expected at least 2 members")
    folder.check_is_new()
    folder.path.mkdir(parents=True, exist_ok=True)
    folder.declare(declared)
    write_document(folder.ensemble, EnsembleRecord(size=size, config=config))


def train_members(
    folder: RunFolder,
    catalogue: Catalogue,
    console: Console,
    *,
    accept_changed_data: bool = False,
    allow_outside: bool = False,
    processes: int | None = 1,
) -> None:
    """Train the members that are not finished; an interrupted one continues from its checkpoint.

    Arguments:
        folder: of the ensemble.
        catalogue: where components are found.
        console: where progress is shown.
        accept_changed_data: see `resume`.
        allow_outside: see `resume`.
        processes: see `resume`.

    Raises:
        MmcoreError: all members are finished, or one cannot be trained.
    """
    record = read_document(folder.ensemble, EnsembleRecord)
    members = [member_folder(folder, number) for number in range(record.size)]
    waiting = [number for number, member in enumerate(members) if not member.is_finished]
    if not waiting:
        raise MmcoreError(f"the ensemble in '{folder.path}' is finished: it has {record.size} runs")
    for number in waiting:
        console.rule(f"member {number + 1} of {record.size}")
        if members[number].config.is_file():
            resume(
                members[number].path,
                accept_changed_data=accept_changed_data,
                allow_outside=allow_outside,
                catalogue=catalogue,
                console=console,
                processes=processes,
            )
        else:
            own = record.member(number), members[number]
            TrainingJob(*own, catalogue, console, processes=processes).start()
