"""Inventory of run folders: their files, damaged files, and files that can be removed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from mmcore.errors import MmcoreError
from mmcore.fitted import check_fitted
from mmcore.reporting.record import read_record
from mmcore.runs.folder.files import RunFolder, read_config
from mmcore.runs.folder.lock import is_locked, owner
from mmcore.runs.folder.record import RunRecord, Summary
from mmcore.saving import check_finite, read_model, read_tensors
from mmcore.storage.documents import read_json
from mmcore.storage.files import TEMPORARY
from mmcore.storage.manifest import Manifest, check_files
from mmcore.storage.schemas import read_document
from mmcore.storage.versions import RUN
from mmcore.training.checkpoint import check_best, verified

__all__ = ["Entry", "damage", "entry", "removable", "runs_below", "size_of"]

DEPTH = 4
"""Levels of folders that are searched for runs."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A run in a list.

    Arguments:
        path: its folder.
        state: ``finished``, ``unfinished``, ``in use``, or ``damaged``.
        method: name of the method.
        modalities: their names.
        steps: number of steps that are in the newest checkpoint, and of all steps.
        size: of all files, in bytes.
        remark: who uses the folder, or what is damaged.
    """

    path: Path
    state: str
    method: str
    modalities: tuple[str, ...]
    steps: str
    size: int
    remark: str = ""


def runs_below(path: Path) -> list[RunFolder]:
    """Return the run in a folder, or the runs in its subfolders, by name.

    Raises:
        MmcoreError: there is none.
    """
    runs = list(_search(path, DEPTH)) if path.is_dir() else []
    if not runs:
        raise MmcoreError(
            f"there is no run in '{path}'; expected a folder that mmcore train has written"
        )
    return runs


def _search(path: Path, depth: int) -> Iterator[RunFolder]:
    folder = RunFolder(path)
    if folder.config.is_file():
        yield folder
    elif depth:
        for inner in sorted(p for p in path.iterdir() if p.is_dir() and not p.is_symlink()):
            yield from _search(inner, depth - 1)


def entry(folder: RunFolder) -> Entry:
    """Return the entry of a run; a run whose configuration cannot be read has the reason as its remark."""
    size, steps = size_of(folder.path), _steps(folder)
    try:
        config = read_config(folder.config, allow_outside=True)
    except MmcoreError as error:
        return Entry(folder.path, "damaged", "", (), f"{steps}", size, str(error))
    state, remark = "finished" if folder.is_finished else "unfinished", ""
    if is_locked(folder.path):
        state, remark = "in use", str(owner(folder.path) or "")
    modalities = tuple(config.model.modalities)
    done = config.training.steps if folder.is_finished else steps
    progress = f"{done}/{config.training.steps}"
    return Entry(folder.path, state, config.model.method, modalities, progress, size, remark)


def damage(folder: RunFolder) -> list[str]:
    """Return a sentence for each file of a run that is missing or damaged; all hashes are compared."""
    sentences = [_failure(check) for check in _checks(folder)]
    return list(dict.fromkeys(filter(None, sentences)))


def removable(folder: RunFolder) -> list[Path]:
    """Return the files that a run no longer needs: temporary files, and checkpoints of a finished run.

    Without its checkpoints, a run cannot be extended.
    """
    temporary = sorted(folder.path.rglob(f"{TEMPORARY}*"))
    finished = folder.is_finished and folder.checkpoints.is_dir()
    outside = [p for p in temporary if not finished or folder.checkpoints not in p.parents]
    return [*outside, folder.checkpoints] if finished else outside


def size_of(path: Path) -> int:
    """Return the size of a file, or of all files in a folder, in bytes."""
    files = [path] if path.is_file() else path.rglob("*")
    return sum(file.lstat().st_size for file in files if file.is_file() and not file.is_symlink())


def _steps(folder: RunFolder) -> int:
    numbers = [p.name.removeprefix("step-") for p in folder.checkpoints.glob("step-*")]
    return max((int(number) for number in numbers if number.isdigit()), default=0)


def _failure(check: Callable[[], object]) -> str:
    try:
        check()
    except MmcoreError as error:
        return str(error)
    return ""


def _checks(folder: RunFolder) -> Iterator[Callable[[], object]]:
    """Yield a function for each part of a run, which raises `MmcoreError` where the part is damaged."""
    yield partial(read_config, folder.config, allow_outside=True)
    if folder.is_finished:
        yield partial(read_document, folder.record, RunRecord, RUN)
        yield partial(read_document, folder.summary, Summary)
        yield partial(_check_model, folder.model)
        yield from _hashed(folder)
    if folder.evaluation.exists():
        yield partial(read_record, folder.evaluation)
    for checkpoint in sorted(folder.checkpoints.glob("step-*")):
        yield partial(verified, checkpoint)
    if any(folder.checkpoints.glob("best.*")):
        yield partial(check_best, folder.checkpoints)


def _check_model(path: Path) -> None:
    saved = read_model(path)
    check_finite(dict(read_tensors(saved.weights)), f"'{saved.weights}'")
    check_fitted(path)


def _hashed(folder: RunFolder) -> Iterator[Callable[[], object]]:
    """Yield the check of each file of a finished run that has a hash; format 1 has none."""
    try:
        manifest = Manifest.read(folder.manifest)
        record = read_json(folder.record)
    except MmcoreError as error:
        yield partial(_refuse, str(error))
        return
    files = {} if manifest is None else manifest.files
    for name in files:
        if Path(name).is_absolute() or ".." in Path(name).parts:
            yield partial(
                _refuse, f"'{folder.manifest}' has the path '{name}', expected one inside"
            )
        else:
            yield partial(check_files, folder.path, files, (name,))
    if manifest is None and isinstance(record, dict) and "format" in record:
        yield partial(_refuse, f"'{folder.manifest}' is missing")


def _refuse(sentence: str) -> None:
    raise MmcoreError(sentence)
