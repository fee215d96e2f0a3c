"""The training loop."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from mmcore.batch import Batch
from mmcore.config import TrainingConfig
from mmcore.data import SampleOrder, Source
from mmcore.training.guard import Guard
from mmcore.training.meter import Meter
from mmcore.training.state import TrainingState
from mmcore.training.step import TrainStep, backward
from mmcore.training.trackers import Tracker

__all__ = ["fit"]

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
    """Train from ``state.step`` until ``state.is_over``; the host waits for a GPU to report only.

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

    Raises:
        NonFinite: too many consecutive steps were skipped.
    """
    module, state.optimizer = fabric.setup(step, state.optimizer)
    module.train()
    guard, parameters = Guard(state, config, fabric), list(module.parameters())
    meter = Meter(config.batch_size, order.epoch, state.step)
    validate_every = config.validation.every if config.validation else config.steps + 1
    intervals = validate_every, config.log_every, config.checkpoint_every
    batches = _batches(step, source, order, range(state.step, config.steps), config.accumulate)
    while not state.is_over(config):
        parts = [part.to(fabric.device) for part in next(batches)]
        for terms in backward(module, parts, state.step, fabric):
            meter.add(terms)
        meter.end_step(guard.update(parameters))
        state.optimizer.zero_grad()
        state.advance()
        validates, reports, saves = (state.step % every == 0 for every in intervals)
        if validates:
            validate()
        last = state.is_over(config)
        if guard.waits or last or reports or saves:
            guard.settle()
        if (last or reports or saves) and (report := meter.report(state, fabric)):
            for tracker in trackers:
                tracker.log(report)
        if last or saves:
            save()


def _batches(
    step: TrainStep, source: Source, order: SampleOrder, numbers: range, micros: int
) -> Iterator[list[Batch]]:
    """Yield the micro-batches of each step; reading several steps together does not change them."""
    for first in range(0, len(numbers), AHEAD):
        some = [step.batch(source, order, n) for n in numbers[first : first + AHEAD]]
        yield from [[part.indexed() for part in batch.split(micros)] for batch in some]
