"""The interface of an optimizer, and Adam with its learning-rate schedules."""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, final

from torch import nn
from torch.optim import Adam, AdamW, Optimizer
from torch.optim.lr_scheduler import LambdaLR, LRScheduler, OneCycleLR

from mmcore.config import TrainingConfig
from mmcore.config.training import AdamSettings
from mmcore.plugins import Context

__all__ = ["AdamBuilder", "Optimization", "OptimizerBuilder"]

WARMUP = {"one-cycle": 0.3, "cosine": 0.05, "linear": 0.05, "constant": 0.0}


@dataclass(frozen=True, slots=True)
class Optimization:
    """An optimizer and the schedule of its learning rate.

    Arguments:
        optimizer: over the parameters of the model.
        schedule: its ``step()`` is called after every step of the optimizer.
    """

    optimizer: Optimizer
    schedule: LRScheduler


class OptimizerBuilder(ABC):
    """Builds the optimizer and the learning-rate schedule of a training.

    MUST: `build`.

    Subclass requirements:
        - everything that changes during the training is in ``state_dict()`` of the optimizer and of the
          schedule, as tensors, numbers, strings, None, and lists, tuples and dictionaries of them;
        - there is no randomness, so that an interrupted training continues exactly.

    Example:
        >>> import torch
        >>> from mmcore.config import TrainingConfig
        >>> class Sgd(OptimizerBuilder):
        ...     def build(self, named_parameters, config):
        ...         parameters = [parameter for _, parameter in named_parameters]
        ...         optimizer = torch.optim.SGD(parameters, lr=config.learning_rate, momentum=0.9)
        ...         schedule = torch.optim.lr_scheduler.ConstantLR(optimizer, factor=1.0)
        ...         return Optimization(optimizer, schedule)
        >>> Sgd().build(torch.nn.Linear(2, 1).named_parameters(), TrainingConfig()).optimizer.defaults["lr"]
        0.002
    """

    @abstractmethod
    def build(
        self, named_parameters: Iterable[tuple[str, nn.Parameter]], config: TrainingConfig
    ) -> Optimization:
        """Return a new optimizer of all parameters, and its schedule.

        Arguments:
            named_parameters: parameters of the model, on the device of the training, with their names.
            config: ``steps`` is the length of the schedule, ``learning_rate`` its largest value.
        """


@final
class AdamBuilder(OptimizerBuilder):
    r"""Adam (fused), or AdamW where the weight decay is not zero.

    With N steps, W = round(warmup N) of them warm-up, and the largest rate :math:`\eta`, step n uses
    :math:`\eta (n + 1) / W` for n < W and afterwards

    - cosine: :math:`\eta (1 + \cos(\pi (n - W) / (N - W))) / 2`,
    - linear: :math:`\eta (N - n) / (N - W)`,
    - constant: :math:`\eta`.

    One-cycle is `torch.optim.lr_scheduler.OneCycleLR`: two cosines, from :math:`\eta / 25` to
    :math:`\eta` in the warm-up, then to nearly 0; it changes the first momentum inversely.

    Arguments:
        settings: options.
        context: not used.
    """

    def __init__(self, settings: AdamSettings, context: Context) -> None:
        self._settings = settings

    def build(
        self, named_parameters: Iterable[tuple[str, nn.Parameter]], config: TrainingConfig
    ) -> Optimization:
        """Return Adam and the schedule."""
        optimizer = self._optimizer([p for _, p in named_parameters], config)
        return Optimization(optimizer, self._schedule(optimizer, config))

    def _optimizer(self, parameters: list[nn.Parameter], config: TrainingConfig) -> Optimizer:
        # The fused kernel unscales float16 gradients itself, after they have been clipped.
        fused = config.precision != "16-mixed"
        options: dict[str, Any] = {"lr": config.learning_rate, "fused": fused}
        decay = self._settings.weight_decay
        if decay == 0:
            return Adam(parameters, **options)
        groups = [
            {"params": [p for p in parameters if p.ndim > 1], "weight_decay": decay},
            {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
        ]
        return AdamW([group for group in groups if group["params"]], **options)

    def _schedule(self, optimizer: Optimizer, config: TrainingConfig) -> LRScheduler:
        name, warmup = self._settings.schedule, self._settings.warmup
        warmup = WARMUP[name] if warmup is None else warmup
        if name == "one-cycle":
            return _one_cycle(optimizer, config, warmup)
        return LambdaLR(optimizer, _factor(FALLING[name], config.steps, warmup))


def _one_cycle(optimizer: Optimizer, config: TrainingConfig, warmup: float) -> LRScheduler:
    # OneCycleLR divides by the lengths of its phases, less one step: it needs four steps, and a warm-up
    # of more than one.
    total = max(config.steps, 4) + 1
    rising = warmup if warmup * total > 1 else 0.0
    return OneCycleLR(optimizer, max_lr=config.learning_rate, total_steps=total, pct_start=rising)


FALLING: dict[str, Callable[[float], float]] = {
    "cosine": lambda share: 0.5 * (1 + math.cos(math.pi * share)),
    "linear": lambda share: 1 - share,
    "constant": lambda share: 1.0,
}
"""The learning rate over its largest value, by the share of the steps after the warm-up that are done."""


def _factor(falling: Callable[[float], float], steps: int, warmup: float) -> Callable[[int], float]:
    """Return the learning rate over its largest value, as a function of the step."""
    rising = round(warmup * steps)

    def factor(step: int) -> float:
        if step < rising:
            return (step + 1) / rising
        return falling((step - rising) / max(steps - rising, 1))

    return factor
