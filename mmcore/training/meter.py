"""Sums of the loss terms, which stay on the device until they are reported."""

import math
from collections.abc import Callable, Mapping
from time import perf_counter
from typing import Any

import torch

from mmcore.errors import MmcoreError
from mmcore.training.state import ValidationState
from mmcore.training.step import StepTerms
from mmcore.training.trackers import Report

__all__ = ["Meter"]

_ZERO = torch.zeros(())


class Meter:
    """Adds the loss terms of every step and returns their means in a report.

    Arguments:
        batch_size: rows of a step, over all processes.
        epoch: function from a step to the number of epochs before it.
        step: first step.
    """

    def __init__(self, batch_size: int, epoch: Callable[[int], float], step: int) -> None:
        self._batch_size, self._epoch = batch_size, epoch
        self._names: tuple[str, ...] = ()
        self._counted: tuple[str, ...] = ()
        self._sums, self._counts = _ZERO, _ZERO
        self._start(step)

    def add(self, terms: StepTerms) -> None:
        """Add the sums of a step, or of a micro-batch, without waiting for the device."""
        self._names, self._counted = terms.names, terms.counted
        self._sums = self._sums + terms.sums
        self._counts = self._counts + terms.counts

    def report(self, step: int, fabric: Any, validation: ValidationState | None = None) -> Report:
        """Return the means since the last report, over all processes, and reset the sums.

        Arguments:
            step: number of steps done.
            fabric: engine.
            validation: the report has its last loss.

        Raises:
            MmcoreError: the loss is not finite.
        """
        totals = torch.cat([self._sums.float(), self._counts.float()])
        totals = fabric.all_reduce(totals, reduce_op="sum").tolist()
        rows = (step - self._since) * self._batch_size
        present = dict(zip(self._counted, totals[len(self._names) :], strict=True))
        means = {
            name: total / max(present.get(name, rows), 1)
            for name, total in zip(self._names, totals, strict=False)
        }
        speed = rows / (perf_counter() - self._clock)
        self._start(step)
        _check_finite(means, step)
        validated = {"validation/loss": validation.loss} if validation else {}
        return Report(step, self._epoch(step), {**means, **validated}, speed)

    def _start(self, step: int) -> None:
        self._sums, self._counts = _ZERO, _ZERO
        self._since, self._clock = step, perf_counter()


def _check_finite(means: Mapping[str, float], step: int) -> None:
    if not math.isfinite(means["loss"]):
        terms = ", ".join(f"{name} {value:.4g}" for name, value in means.items())
        raise MmcoreError(
            f"the loss is not finite in the steps before {step} ({terms}); lower --learning-rate, clip the"
            " gradient by --set gradient_clip=1, or remove extreme values from the data; the last checkpoint"
            " is of an earlier step"
        )
