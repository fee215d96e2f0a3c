"""The end of a run whose numbers were not finite."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel

from mmcore.errors import MmcoreError, TrainingStopped
from mmcore.model import Model
from mmcore.runs.folder.files import RunFolder
from mmcore.storage.schemas import read_document
from mmcore.training import TrainingState
from mmcore.training.checkpoint import load_latest
from mmcore.training.finite import is_finite

__all__ = ["Stopped", "check_not_stopped", "stopped"]

REMEDY = "lower --learning-rate, or correct extreme values of the data, and train in a new folder"


@dataclass(frozen=True, slots=True)
class Stopped:
    """Where and why a training stopped.

    Arguments:
        step: number of the step, from 1.
        cause: a clause that names the term and the modality.
        kept: number of steps after which the weights were saved as the model; None if no weights are finite.
    """

    step: int
    cause: str
    kept: int | None

    def error(self, folder: Path) -> TrainingStopped:
        """Return the error, of one sentence."""
        kept = "no finite weights" if self.kept is None else f"the weights of step {self.kept}"
        return TrainingStopped(
            f"the training stopped at step {self.step} because a number is not finite: {self.cause}; the"
            f" run in '{folder}' has {kept}; {REMEDY}"
        )


class _Summary(BaseModel):
    stopped: Stopped | None = None


def stopped(
    folder: RunFolder,
    model: Model,
    state: TrainingState,
    run: Mapping[str, str],
    step: int,
    cause: str,
) -> Stopped:
    """Return the stop; where the weights are not finite, load those of the newest checkpoint.

    Arguments:
        folder: of the run.
        model: with the weights before the step.
        state: of the training.
        run: hashes of the configuration.
        step: number of the step, from 1.
        cause: a clause.

    Raises:
        TrainingStopped: no finite weights were saved.
    """
    if state.validation is not None:
        return Stopped(step, cause, state.validation.best_step)
    if is_finite(model):
        return Stopped(step, cause, step - 1)
    load_latest(folder.checkpoints, model, state, run)
    if is_finite(model):
        return Stopped(step, cause, state.step)
    raise Stopped(step, cause, None).error(folder.path)


def check_not_stopped(folder: RunFolder) -> None:
    """Check that a run did not stop because of numbers that are not finite.

    Raises:
        MmcoreError: it did; it would stop again at the same step.
    """
    if not folder.is_finished:
        return
    stop = read_document(folder.summary, _Summary).stopped
    if stop is not None:
        raise MmcoreError(
            f"the run in '{folder.path}' stopped at step {stop.step} because a number was not finite"
            f" ({stop.cause}), and would stop there again; {REMEDY}"
        )
