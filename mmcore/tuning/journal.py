"""The trials of a tuning, in a file of JSON lines that several processes use."""

from importlib import import_module
from pathlib import Path
from typing import Any, final

from filelock import FileLock

from mmcore.errors import MmcoreError

__all__ = ["finished", "journal", "optuna"]

NAME, FILE, LOCK = "mmcore", "trials.jsonl", ".journal.lock"


def optuna() -> Any:
    """Return the module optuna, which prints no line of its own.

    Raises:
        MmcoreError: it is not installed.
    """
    try:
        module = import_module("optuna")
    except ModuleNotFoundError as error:
        raise MmcoreError(
            f"mmcore tune needs the package {error.name}, which is not installed; install it by"
            " pip install 'mmcore[tune]'"
        ) from error
    module.logging.set_verbosity(module.logging.WARNING)
    return module


def journal(folder: Path) -> Any:
    """Return the study of optuna in a folder, which exists; a new one if the folder has none."""
    storages = optuna().storages
    backend = storages.journal.JournalFileBackend(str(folder / FILE), _Lock(folder / LOCK))
    return optuna().create_study(
        study_name=NAME,
        storage=storages.JournalStorage(backend),
        pruner=optuna().pruners.MedianPruner(n_startup_trials=5),
        load_if_exists=True,
    )


def finished(study: Any) -> list[Any]:
    """Return the trials of a study of optuna that have an error on all folds, the best one first."""
    complete = optuna().trial.TrialState.COMPLETE
    return sorted(
        study.get_trials(deepcopy=False, states=[complete]), key=lambda t: (t.value, t.number)
    )


@final
class _Lock:
    """A lock for optuna that the system releases when a process is killed."""

    def __init__(self, path: Path) -> None:
        self._lock = FileLock(path)

    def acquire(self) -> bool:
        self._lock.acquire()
        return True

    def release(self) -> None:
        self._lock.release()
