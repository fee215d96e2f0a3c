"""The training loop."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch

from mmcore.batch import Batch
from mmcore.config import TrainingConfig
from mmcore.data import SampleOrder, Source
from mmcore.training.meter import Meter
from mmcore.training.state import TrainingState
from mmcore.training.step import TrainStep, backward
from mmcore.training.trackers import Tracker

__all__ = ["fit"]

CPU = torch.device("cpu")
AHEAD = 4  # batches read together; with cold caches, the first costs as much as three others


def fit(
    step: TrainStep,
    source: Source,
    order: SampleOrder,
    state: TrainingState,
    config: TrainingConfig,
    fabric: Any,
    trackers: Sequence[Tracker] = (),
    save: Callable[[], None] = lambda: None,
    validate: Callable[[], None] = lambda: None,
) -> None:
    """Train from ``state.step`` until ``state.is_over``; the host waits for the device to report only.

    Arguments:
        step: model and objective.
        source: training samples.
        order: samples of each step.
        state: state of the training, updated in place.
        config: number of steps, and intervals of reports, checkpoints and validations.
        fabric: engine.
        trackers: receive every report of metrics.
        save: writes a checkpoint of the model and the state.
        validate: records the validation loss in the state.
    """
    module, state.optimizer = fabric.setup(step, state.optimizer)
    module.train()
    meter = Meter(config.batch_size, order.epoch, state.step)
    validate_every = config.validation.every if config.validation else config.steps + 1
    batches = _batches(step, source, order, range(state.step, config.steps))
    while not state.is_over(config):
        batch = next(batches).to(fabric.device)
        for terms in backward(module, batch, state.step, config.accumulate, fabric):
            meter.add(terms)
        if (limit := config.gradient_clip) is not None:
            fabric.clip_gradients(module, state.optimizer, max_norm=limit, error_if_nonfinite=False)
        state.optimizer.step()
        state.optimizer.zero_grad()
        state.advance()
        if state.step % validate_every == 0:
            validate()
        last = state.is_over(config)
        if last or state.step % config.log_every == 0 or state.step % config.checkpoint_every == 0:
            report = meter.report(state.step, fabric, state.validation)
            for tracker in trackers:
                tracker.log(report)
        if last or state.step % config.checkpoint_every == 0:
            save()


def _batches(
    step: TrainStep, source: Source, order: SampleOrder, numbers: range
) -> Iterator[Batch]:
    """Yield the batch of each step; reading several together does not change them."""
    for first in range(0, len(numbers), AHEAD):
        yield from [
            source.fetch(order.step(n), step.noise(n, CPU).at("data")).checked()
            for n in numbers[first : first + AHEAD]
        ]
