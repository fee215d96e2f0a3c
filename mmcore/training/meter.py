"""Sums of the loss terms, kept on the device until a line is logged."""

import math
from collections.abc import Callable, Mapping
from time import perf_counter
from typing import Any

import torch
from torch import Tensor

from mmcore.errors import MmcoreError
from mmcore.training.observers import Report

__all__ = ["Meter"]


class Meter:
    """Adds up terms step by step and reads them out once a line.

    Arguments:
        batch_size: rows of a step, over all processes.
        epoch: epochs read before a step.
        step: the step at which it starts.
    """

    def __init__(self, batch_size: int, epoch: Callable[[int], float], step: int) -> None:
        self._batch_size, self._epoch = batch_size, epoch
        self._start(step)

    def add(self, terms: Mapping[str, Tensor]) -> None:
        """Add the sums of a step; nothing leaves the device."""
        for name, term in terms.items():
            if name != "loss":
                self._sums[name] = self._sums[name] + term if name in self._sums else term

    def report(self, step: int, fabric: Any) -> Report:
        """Return the means since the last report, over all processes, and start anew.

        Raises:
            MmcoreError: the loss is not finite.
        """
        names = list(self._sums)
        stacked = torch.stack([self._sums[name].to(torch.float32) for name in names])
        sums = dict(zip(names, fabric.all_reduce(stacked, reduce_op="sum").tolist(), strict=True))
        rows = (step - self._since) * self._batch_size
        means = {
            name.removeprefix("sum/"): value / max(sums.get(name.replace("sum/", "rows/"), rows), 1)
            for name, value in sums.items()
            if name.startswith("sum/")
        }
        speed = rows / (perf_counter() - self._clock)
        self._start(step)
        _check_finite(means, step)
        return Report(step, self._epoch(step), means, speed)

    def _start(self, step: int) -> None:
        self._sums: dict[str, Tensor] = {}
        self._since, self._clock = step, perf_counter()


def _check_finite(means: Mapping[str, float], step: int) -> None:
    if not math.isfinite(means["loss"]):
        told = ", ".join(f"{name} {value:.4g}" for name, value in means.items())
        raise MmcoreError(
            f"the loss is not finite in the steps before {step} ({told}); lower --learning-rate, or look"
            " for extreme values in the data; the last checkpoint is from before"
        )
