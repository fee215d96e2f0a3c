"""The training loop."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch

from mmcore.batch import Batch
from mmcore.config import TrainingConfig
from mmcore.data import SampleOrder, Source
from mmcore.training.meter import Meter
from mmcore.training.state import TrainingState
from mmcore.training.step import TrainStep
from mmcore.training.trackers import Observer

__all__ = ["fit"]

CPU = torch.device("cpu")
AHEAD = 4
"""Batches that are read in one go: the first, in cold caches, costs nearly as much as three others."""


def fit(
    step: TrainStep,
    source: Source,
    order: SampleOrder,
    state: TrainingState,
    config: TrainingConfig,
    fabric: Any,
    observers: Sequence[Observer] = (),
    save: Callable[[], None] = lambda: None,
    look: Callable[[], None] = lambda: None,
) -> None:
    """Train from ``state.step`` until ``state.is_over``; the host waits for the device only to log.

    Arguments:
        step: model and objective.
        source: training samples.
        order: which samples a step reads.
        state: where the training is; it is brought forward in place.
        config: number of steps, and how often to log and to save.
        fabric: the engine.
        observers: those who are told of every line of metrics.
        save: writes a checkpoint of the model and the state.
        look: tells the state the loss on held-out samples.
    """
    module, state.optimizer = fabric.setup(step, state.optimizer)
    module.train()
    meter = Meter(config.batch_size, order.epoch, state.step)
    looks = config.validation.every if config.validation else config.steps + 1
    batches = _batches(step, source, order, range(state.step, config.steps))
    while not state.is_over(config):
        batch = next(batches).to(fabric.device)
        terms = module(batch.values, batch.present, batch.complete, state.step)
        fabric.backward(terms.loss)
        state.optimizer.step()
        state.optimizer.zero_grad()
        state.schedule.step()
        state.step += 1
        meter.add(terms)
        if state.step % looks == 0:
            look()
        last = state.is_over(config)
        if last or state.step % config.log_every == 0 or state.step % config.checkpoint_every == 0:
            report = meter.report(state.step, fabric, state.look)
            for observer in observers:
                observer.observe(report)
        if last or state.step % config.checkpoint_every == 0:
            save()


def _batches(
    step: TrainStep, source: Source, order: SampleOrder, numbers: range
) -> Iterator[Batch]:
    """Yield the batch of each step; which batches are read together changes nothing in them."""
    for first in range(0, len(numbers), AHEAD):
        yield from [
            source.fetch(order.step(n), step.noise(n, CPU).at("data")).checked()
            for n in numbers[first : first + AHEAD]
        ]
