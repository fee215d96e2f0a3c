"""Sums of the loss terms, kept on the device until a line is logged."""

import math
from collections.abc import Callable, Mapping
from time import perf_counter
from typing import Any

import torch

from mmcore.errors import MmcoreError
from mmcore.training.state import Look
from mmcore.training.step import StepTerms
from mmcore.training.trackers import Report

__all__ = ["Meter"]

_NOTHING = torch.zeros(())


class Meter:
    """Adds up terms step by step and reads them out once a line.

    Arguments:
        batch_size: rows of a step, over all processes.
        epoch: epochs read before a step.
        step: the step at which it starts.
    """

    def __init__(self, batch_size: int, epoch: Callable[[int], float], step: int) -> None:
        self._batch_size, self._epoch = batch_size, epoch
        self._names: tuple[str, ...] = ()
        self._counted: tuple[str, ...] = ()
        self._sums, self._counts = _NOTHING, _NOTHING
        self._start(step)

    def add(self, terms: StepTerms) -> None:
        """Add the sums of a step; nothing leaves the device."""
        self._names, self._counted = terms.names, terms.counted
        self._sums = self._sums + terms.sums
        self._counts = self._counts + terms.counts

    def report(self, step: int, fabric: Any, look: Look | None = None) -> Report:
        """Return the means since the last report, over all processes, and start anew.

        With them the loss of the last look at held-out samples, if there was one.

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
        held_out = {"held-out loss": look.loss} if look else {}
        return Report(step, self._epoch(step), {**means, **held_out}, speed)

    def _start(self, step: int) -> None:
        self._sums, self._counts = _NOTHING, _NOTHING
        self._since, self._clock = step, perf_counter()


def _check_finite(means: Mapping[str, float], step: int) -> None:
    if not math.isfinite(means["loss"]):
        told = ", ".join(f"{name} {value:.4g}" for name, value in means.items())
        raise MmcoreError(
            f"the loss is not finite in the steps before {step} ({told}); lower --learning-rate, or look"
            " for extreme values in the data; the last checkpoint is from before"
        )
