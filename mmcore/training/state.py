"""What a training is made of, and what must be saved to go on with it exactly."""

from dataclasses import dataclass
from typing import Any

from torch import nn
from torch.optim import Adam, Optimizer
from torch.optim.lr_scheduler import OneCycleLR

from mmcore.config import TrainingConfig

__all__ = ["TrainingState"]


@dataclass(slots=True)
class TrainingState:
    """The number of the next step, the optimiser and its schedule.

    Weights live in the model. Order and noise are functions of (seed, step), so that nothing else
    is needed.

    Arguments:
        step: number of the next step.
        optimizer: over the model's parameters.
        schedule: of the learning rate.
    """

    step: int
    optimizer: Optimizer
    schedule: Any

    @classmethod
    def start(cls, model: nn.Module, config: TrainingConfig) -> "TrainingState":
        """Return the state before the first step."""
        optimizer = Adam(model.parameters(), lr=config.learning_rate, fused=True)
        # OneCycleLR cannot divide a training of fewer than four steps into its phases.
        steps = max(config.steps, 4)
        schedule = OneCycleLR(optimizer, max_lr=config.learning_rate, total_steps=steps + 1)
        return cls(0, optimizer, schedule)
