"""Check that a run may be continued to another length: its finished steps must be those of that length."""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch

from mmcore.batch import Batch
from mmcore.config import TrainingConfig
from mmcore.errors import MmcoreError
from mmcore.model import Model
from mmcore.noise import Noise
from mmcore.runs.folder.files import RunFolder
from mmcore.training import TrainingState

__all__ = ["Extension"]

PROBES = 16
"""Number of steps at which the losses of both lengths are compared."""


@dataclass(frozen=True, slots=True)
class Extension:
    """Another length of the training of a run.

    Arguments:
        before: settings of the steps done.
        after: the same with another number of steps.
    """

    before: TrainingConfig
    after: TrainingConfig

    def check(self, folder: RunFolder, model: Model, state: TrainingState, batch: Batch) -> None:
        """Check that the steps done are those of a training of the new length.

        Arguments:
            folder: of the run.
            model: of the run.
            state: after the steps done.
            batch: some samples, on the device of the model.

        Raises:
            MmcoreError: there are no further steps or no checkpoint, or a schedule depends on the length.
        """
        done, steps = state.step, self.after.steps
        if folder.is_finished and not done:
            raise MmcoreError(
                f"the run in '{folder.path}' has no checkpoint to be continued from; train a new run"
            )
        if steps <= done:
            raise MmcoreError(
                f"--steps is {steps}, expected more than the {done} steps that are done"
            )
        if state.is_over(self.after):
            raise MmcoreError(
                f"the run stopped at step {done}, because the validation loss had not fallen for a while;"
                " --steps would have no effect"
            )
        reason = self._dependence(model, batch, done)
        if reason:
            raise MmcoreError(
                f"the run cannot be continued to {steps} steps, because {reason} depends on the length, which"
                f" was {self.before.steps}; train a new run with --steps {steps}"
            )

    def _dependence(self, model: Model, batch: Batch, done: int) -> str:
        """Return what would have been different in the steps done, or nothing."""
        pairs = zip(_rates(model, self.before, done), _rates(model, self.after, done), strict=True)
        if any(one != other for one, other in pairs):
            return f"the schedule of '{self.after.optimizer}' (unlike adam.schedule=constant)"
        losses = [_losses(model, batch, done, config.steps) for config in (self.before, self.after)]
        if losses[0] != losses[1]:
            return f"the loss of '{model.config.method}', as by style_warmup,"
        return ""


def _rates(model: Model, config: TrainingConfig, done: int) -> Iterator[list[dict[str, Any]]]:
    """Yield the settings of the optimizer, such as the learning rate, at each step that is done."""
    start = TrainingState.start(model, config)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the optimizer makes no step here
        for _ in range(done):
            groups = start.optimizer.param_groups
            yield [{k: v for k, v in group.items() if k != "params"} for group in groups]
            start.schedule.step()


@torch.no_grad()
def _losses(model: Model, batch: Batch, done: int, steps: int) -> list[list[float]]:
    """Return the loss of each row at some of the steps that are done, in a training of a length."""
    rows = len(next(iter(batch.present.values())))
    numbers = [done * probe // PROBES for probe in range(PROBES)]
    was_training = model.training
    model.eval()
    terms = [
        model.objective(model.codec, batch, Noise(rows, device=model.device), number / steps)
        for number in dict.fromkeys(numbers)
    ]
    model.train(was_training)
    return [one.loss.tolist() for one in terms]
