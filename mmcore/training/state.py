"""The state from which a training continues exactly."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from torch.amp.grad_scaler import GradScaler
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from mmcore.config import TrainingConfig
from mmcore.model import Model
from mmcore.training.optimizer import Optimization

__all__ = ["TrainingState", "UpdateState", "ValidationState"]


@dataclass(frozen=True, slots=True)
class ValidationState:
    """The last and the lowest validation loss.

    Arguments:
        loss: of the last validation.
        best_loss: lowest loss of all validations.
        best_step: number of steps done at the lowest loss.
    """

    loss: float
    best_loss: float
    best_step: int


@dataclass(frozen=True, slots=True)
class UpdateState:
    """The steps whose update was skipped, and the usual norm of the gradient.

    Arguments:
        skipped: number of steps that were skipped.
        in_a_row: number of them directly before the next step.
        since: the first of these.
        norm: running mean of the norm of the clipped gradient; 0 before the first step.
    """

    skipped: int = 0
    in_a_row: int = 0
    since: int = 0
    norm: float = 0.0


@dataclass(slots=True)
class TrainingState:
    """The number of the next step, the optimizer and its schedule.

    The model holds the weights. The order of the samples and the noise are functions of (seed, step),
    so nothing else is saved.

    Arguments:
        step: number of the next step.
        optimizer: over the parameters of the model.
        schedule: of the learning rate.
        validation: last and lowest validation loss; None before the first validation.
        updates: counts of skipped steps.
        signal: function that returns the number of a signal that ends the training, 0 without one.
        ended_by: the signal that has ended the training, 0 if none has.
        scaler: of the loss in 16-mixed; None in other precisions.
    """

    step: int
    optimizer: Optimizer
    schedule: LRScheduler
    validation: ValidationState | None = None
    updates: UpdateState = UpdateState()
    signal: Callable[[], int] = lambda: 0
    ended_by: int = 0
    scaler: GradScaler | None = None

    @classmethod
    def start(cls, model: Model, config: TrainingConfig) -> "TrainingState":
        """Return the state before the first step.

        Raises:
            MmcoreError: the optimizer is unknown, or one of its options is not valid.
        """
        context = model.context
        optimization: Optimization = context.make(
            "optimizer", config.optimizer, config.optimizer_options
        ).build(model.named_parameters(), config)
        return cls(0, optimization.optimizer, optimization.schedule)

    def advance(self) -> None:
        """Count a step that is done, and change the learning rate."""
        self.schedule.step()
        self.step += 1
        self.ended_by = self.signal()

    def is_over(self, config: TrainingConfig) -> bool:
        """Return whether all steps are done, a signal was received, or the validation loss does not fall."""
        if self.step >= config.steps or self.ended_by:
            return True
        if config.validation is None or self.validation is None:
            return False
        patience = config.validation.patience * config.validation.every
        return self.step - self.validation.best_step >= patience

    def record(self, loss: float) -> bool:
        """Store a validation loss, and return whether it is the lowest so far; only finite ones count."""
        if not math.isfinite(loss):
            return False
        if self.validation is None or loss < self.validation.best_loss:
            self.validation = ValidationState(loss, loss, self.step)
            return True
        self.validation = replace(self.validation, loss=loss)
        return False
