"""The update of the weights, which is withheld where the loss or the gradient is not finite."""

import math
import warnings
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils import clip_grads_with_norm_, get_total_norm

from mmcore.config import TrainingConfig
from mmcore.training.state import TrainingState, UpdateState

__all__ = ["Guard", "NonFinite", "with_nan_gradient"]

MEMORY = 0.98
"""Weight of the past in the running mean of the norm of the gradient."""


class NonFinite(Exception):
    """The loss or the gradient was not finite in too many consecutive steps; the training stops.

    Arguments:
        step: the first of these steps, from 0.
    """

    def __init__(self, step: int) -> None:
        super().__init__(f"the loss or the gradient is not finite from step {step} on")
        self.step = step


def with_nan_gradient(loss: Tensor) -> Tensor:
    """Return the loss; if it is not finite, all gradients of it are NaN.

    Processes exchange gradients and not losses. A loss of one process that is not finite therefore reaches
    all of them as a gradient, and all take the same decision.
    """
    return loss * (1 + 0 * loss.detach())


class Guard:
    """Clips the gradient, and updates the weights if the gradient is finite.

    The decision is taken on the device. The host waits for it only where waiting is free, on a CPU, or where
    the optimizer has no flag for it: the fused optimizers of torch have one, in full and bfloat16 precision.

    Arguments:
        state: of the training; `settle` writes the counts of skipped steps to it.
        config: limits of the gradient and of the number of skipped steps.
        fabric: engine, which has set up the optimizer of the state.
    """

    def __init__(self, state: TrainingState, config: TrainingConfig, fabric: Any) -> None:
        self._state, self._config = state, config
        self._limit = 1 if config.on_nonfinite == "stop" else config.skip_limit
        self._scaler = getattr(fabric.strategy.precision, "scaler", None)
        self._inner: Any = state.optimizer.optimizer  # type: ignore[attr-defined]
        has_flag = getattr(self._inner, "_step_supports_amp_scaling", False)
        self.waits = fabric.device.type == "cpu" or self._scaler is not None or not has_flag
        was = state.updates
        self._skipped, self._in_a_row, self._since, self._norm = (
            torch.tensor(float(value), device=fabric.device)
            for value in (was.skipped, was.in_a_row, was.since, was.norm)
        )

    def update(self, parameters: Sequence[nn.Parameter]) -> Tensor:
        """Update the weights, and return whether it was done, on the device."""
        if self._scaler is not None:
            self._scaler.unscale_(self._inner)
        norm = get_total_norm([p.grad for p in parameters if p.grad is not None])
        norm = norm.float()
        applied = self._count(norm.isfinite())
        self._clip(parameters, norm, applied)
        self._step(applied)
        return applied

    def settle(self) -> None:
        """Write the counts to the state, for which the host waits.

        Raises:
            NonFinite: as many consecutive steps were skipped as the configuration allows.
        """
        counts = torch.stack([self._skipped, self._in_a_row, self._since, self._norm]).tolist()
        skipped, in_a_row, since = map(int, counts[:3])
        self._state.updates = UpdateState(skipped, in_a_row, since, counts[3])
        if in_a_row >= self._limit:
            raise NonFinite(since)

    def _count(self, finite: Tensor) -> Tensor:
        # A scaler begins with a large factor and lowers it while float16 gradients overflow; only a gradient
        # that is not finite at a factor of 1 is a fault.
        is_fault = self._scaler is None or self._scaler.get_scale() <= 1
        fault = ~finite if is_fault else torch.zeros_like(finite)
        # Once the limit is reached the weights stay as they are until the host notices.
        over = self._in_a_row >= self._limit
        new = fault & ~over
        self._in_a_row = torch.where(over, self._in_a_row, (self._in_a_row + 1) * fault)
        self._skipped = self._skipped + new
        self._since = torch.where(new & (self._in_a_row == 1), self._state.step, self._since)
        return finite & (self._in_a_row == 0)

    def _clip(self, parameters: Sequence[nn.Parameter], norm: Tensor, applied: Tensor) -> None:
        limit = self._largest()
        if not self.waits:
            # The function converts the limit to a number of the host, for which it would be waited.
            clip_grads_with_norm_(parameters, 1.0, norm / limit)
        elif bool(norm > limit):
            clip_grads_with_norm_(parameters, float(limit), norm)
        # The plain mean of the first steps, in which the norm often rises several times.
        share = max(1 / (self._state.step + 1), 1 - MEMORY)
        mean = torch.where(self._norm == 0, norm, self._norm.lerp(norm.minimum(limit), share))
        self._norm = torch.where(applied, mean, self._norm)

    def _largest(self) -> Tensor:
        limit = torch.full_like(self._norm, self._config.gradient_clip or math.inf)
        if self._config.relative_clip is None:
            return limit
        relative = torch.where(self._norm == 0, math.inf, self._norm * self._config.relative_clip)
        return limit.minimum(relative)

    def _step(self, applied: Tensor) -> None:
        if not self.waits:
            self._inner.found_inf = (~applied).float()
        if not self.waits or applied:
            self._state.optimizer.step()
            return
        if self._scaler is not None:
            self._scaler.update()
        # The schedule is a function of the step and advances; torch warns if the first step is skipped.
        warnings.filterwarnings("ignore", "Detected call of `lr_scheduler.step", UserWarning)
