"""Sums of the loss terms, which stay on the device until they are reported."""

from collections.abc import Callable
from time import perf_counter
from typing import Any

import torch
from torch import Tensor

from mmcore.training.state import TrainingState
from mmcore.training.step import StepTerms
from mmcore.training.trackers import Report

__all__ = ["Meter"]

_ZERO = torch.zeros(())


class Meter:
    """Adds the loss terms of every step and returns their means in a report; skipped steps do not count.

    Arguments:
        batch_size: rows of a step, over all processes.
        epoch: function from a step to the number of epochs before it.
        step: first step.
    """

    def __init__(self, batch_size: int, epoch: Callable[[int], float], step: int) -> None:
        self._batch_size, self._epoch = batch_size, epoch
        self._names: tuple[str, ...] = ()
        self._counted: tuple[str, ...] = ()
        self._pending: Tensor = _ZERO
        self._sums: Tensor = _ZERO
        self._steps: Tensor = _ZERO
        self._start(step)

    def add(self, terms: StepTerms) -> None:
        """Add the sums of a step, or of a micro-batch, without waiting for the device."""
        self._names, self._counted = terms.names, terms.counted
        self._pending = self._pending + torch.cat([terms.sums.float(), terms.counts.float()])

    def end_step(self, applied: Tensor) -> None:
        """Count the sums since the last step if ``applied``, a truth value on the device, holds."""
        self._sums = self._sums + self._pending.masked_fill(~applied, 0.0)
        self._steps = self._steps + applied
        self._pending = _ZERO

    def report(self, state: TrainingState, fabric: Any) -> Report | None:
        """Return the means since the last report, over all processes, and reset the sums.

        None if all steps since the last report were skipped.

        Arguments:
            state: number of steps done, last validation loss, number of skipped steps.
            fabric: engine.
        """
        step, done = state.step, int(self._steps)
        totals = fabric.all_reduce(self._sums, reduce_op="sum").tolist() if done else []
        rows = done * self._batch_size
        present = dict(zip(self._counted, totals[len(self._names) :], strict=bool(done)))
        means = {
            name: total / max(present.get(name, rows), 1)
            for name, total in zip(self._names, totals, strict=False)
        }
        speed = (step - self._since) * self._batch_size / (perf_counter() - self._clock)
        self._start(step)
        validated = {"validation/loss": state.validation.loss} if state.validation else {}
        skipped = {"skipped_steps": float(state.updates.skipped)} if state.updates.skipped else {}
        return (
            Report(step, self._epoch(step), {**means, **validated, **skipped}, speed)
            if done
            else None
        )

    def _start(self, step: int) -> None:
        self._sums, self._steps = _ZERO, _ZERO
        self._since, self._clock = step, perf_counter()
