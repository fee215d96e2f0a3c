"""A study file that was edited after the start of the run that is continued."""

from pathlib import Path

from mmcore.config.study import StudyConfig
from mmcore.errors import MmcoreError
from mmcore.runs.folder.declared import StudyRecord
from mmcore.runs.folder.files import RunFolder, read_config_or_study
from mmcore.storage.schemas import read_document
from mmcore.terminal.printing import Console

__all__ = ["steps_of"]

STEPS = "training.steps"
NAMED = 3


def steps_of(
    folder: RunFolder, file: Path | None, steps: int | None, allow_outside: bool, console: Console
) -> int | None:
    """Return the length to which a run is continued, and compare the study file with that of its start.

    Arguments:
        folder: of a run or an ensemble.
        file: the study file of the command, whose edited length is taken; without it, edits of the file with
            which the run began are printed, and have no effect.
        steps: the length of the command.
        allow_outside: whether the study file may set ``allow_outside``.
        console: for the note.

    Raises:
        MmcoreError: ``file`` is not the study of the run, or differs in more than the length.
    """
    record = _record(folder)
    if file is None:
        _remark(folder, record, console)
        return steps
    study = read_config_or_study(file, allow_outside)
    if record is None or not isinstance(study, StudyConfig):
        raise MmcoreError(
            f"--resume {folder.path} continues with {folder.config}, and '{file}' cannot be compared with it"
            " (expected the study file with which the run began); leave out --config"
        )
    changes = record.changes(study)
    own = changes.pop(STEPS, None)
    if changes:
        raise MmcoreError(
            f"'{file}' has changed since the run in '{folder.path}' began ({_some(changes)}), and a run"
            " continues with its own settings; train a new run with --out, or leave out --config"
        )
    return study.training.get("steps") if steps is None and own else steps


def _remark(folder: RunFolder, record: StudyRecord | None, console: Console) -> None:
    if record is None or not Path(record.file).is_file():
        return
    try:
        study = read_config_or_study(Path(record.file))
    except MmcoreError:
        return  # a file that is being edited does not end a training that does not need it
    changes = record.changes(study) if isinstance(study, StudyConfig) else {}
    if changes:
        console.print(
            f"note: '{record.file}' has changed since the run in '{folder.path}' began"
            f" ({_some(changes)}); the run continues with its own settings"
            + "; --steps changes its length"
            * (STEPS in changes)
        )


def _record(folder: RunFolder) -> StudyRecord | None:
    """Return the study file of a run; None for a run without one, and where the record is damaged."""
    try:
        return read_document(folder.study, StudyRecord) if folder.study.is_file() else None
    except MmcoreError:
        return None


def _some(changes: dict[str, str]) -> str:
    more = f" and {len(changes) - NAMED} more" if len(changes) > NAMED else ""
    return "; ".join(list(changes.values())[:NAMED]) + more
