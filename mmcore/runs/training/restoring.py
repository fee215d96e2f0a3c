"""The state of a run from its newest checkpoint, where settings and data are those of the run."""

from dataclasses import dataclass

from mmcore.data import Data
from mmcore.errors import MmcoreError
from mmcore.model import Model
from mmcore.runs.folder.changes import data_change
from mmcore.runs.folder.files import RunFolder
from mmcore.runs.folder.identity import identity
from mmcore.runs.folder.record import RunRecord
from mmcore.storage.schemas import read_document
from mmcore.storage.versions import RUN
from mmcore.training import TrainingState
from mmcore.training.checkpoint import Origin, load_latest

__all__ = ["Restored", "restore"]


@dataclass(frozen=True, slots=True)
class Restored:
    """From which checkpoint a run continues.

    Arguments:
        origin: run and data of the checkpoints that follow.
        accepted: changes of the data during the run, which the user has accepted.
        notes: remarks for the user.
    """

    origin: Origin
    accepted: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def restore(
    folder: RunFolder,
    model: Model,
    state: TrainingState,
    data: Data,
    *,
    accept_changed_data: bool = False,
) -> Restored:
    """Load the newest checkpoint that can be used; without one, the training starts at step 0.

    Arguments:
        folder: of the run.
        model: receives the weights.
        state: receives everything else.
        data: of the run, as it is now.
        accept_changed_data: whether the data may have changed since the checkpoint.

    Raises:
        MmcoreError: the data has changed since, or all checkpoints are those of another run.
    """
    run, record = identity(folder.read_config_document()), _earlier_record(folder)
    loaded = load_latest(folder.checkpoints, model, state, run)
    notes = [
        f"{sentence}; the training continues at step {state.step}" for sentence in loaded.skipped
    ]
    known = loaded.data or (record.fingerprint if record else None)
    now = data.inputs.fingerprint(known)
    change = known.difference(now) if known else ""
    if change and not accept_changed_data:
        raise MmcoreError(data_change(change, f"step {state.step} of the run"))
    accepted = tuple(record.accepted_changes) if record else ()
    if change:
        accepted += (f"after step {state.step}: {change}",)
        notes.append(f"changed data is accepted: {change}")
    return Restored(Origin(run, now), accepted, tuple(notes))


def _earlier_record(folder: RunFolder) -> RunRecord | None:
    """Return the record of a run that continues; None for a new one, or where it is damaged."""
    try:
        return read_document(folder.record, RunRecord, RUN)
    except MmcoreError:
        return None
