"""What a training is made of, and what must be saved to go on with it exactly."""

from dataclasses import dataclass, replace
from typing import Any

from torch import nn
from torch.optim import Adam, Optimizer
from torch.optim.lr_scheduler import OneCycleLR

from mmcore.config import TrainingConfig

__all__ = ["Look", "TrainingState"]


@dataclass(frozen=True, slots=True)
class Look:
    """What the held-out samples said, last and at best.

    Arguments:
        loss: at the last look.
        best_loss: the least of all looks.
        best_step: number of steps done then.
    """

    loss: float
    best_loss: float
    best_step: int


@dataclass(slots=True)
class TrainingState:
    """The number of the next step, the optimiser and its schedule.

    Weights live in the model. Order and noise are functions of (seed, step), so that nothing else
    is needed.

    Arguments:
        step: number of the next step.
        optimizer: over the model's parameters.
        schedule: of the learning rate.
        look: at the samples that are held out, if there was one.
    """

    step: int
    optimizer: Optimizer
    schedule: Any
    look: Look | None = None

    @classmethod
    def start(cls, model: nn.Module, config: TrainingConfig) -> "TrainingState":
        """Return the state before the first step."""
        optimizer = Adam(model.parameters(), lr=config.learning_rate, fused=True)
        # OneCycleLR cannot divide a training of fewer than four steps into its phases.
        steps = max(config.steps, 4)
        schedule = OneCycleLR(optimizer, max_lr=config.learning_rate, total_steps=steps + 1)
        return cls(0, optimizer, schedule)

    def is_over(self, config: TrainingConfig) -> bool:
        """Return whether all steps are done, or the held-out loss has stopped falling."""
        if self.step >= config.steps:
            return True
        if config.validation is None or self.look is None:
            return False
        waited = config.validation.patience * config.validation.every
        return self.step - self.look.best_step >= waited

    def take(self, loss: float) -> bool:
        """Take note of the held-out loss, and return whether it is the best so far."""
        if self.look is None or loss < self.look.best_loss:
            self.look = Look(loss, loss, self.step)
            return True
        self.look = replace(self.look, loss=loss)
        return False
