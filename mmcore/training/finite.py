"""A check that the numbers of a training are finite; checkpoints with others are neither written nor read."""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

__all__ = ["is_finite"]


def is_finite(model: nn.Module, optimizer_state: Any = None) -> bool:
    """Return whether all parameters, floating-point buffers and numbers of the optimizer are finite.

    Arguments:
        model: module.
        optimizer_state: ``state_dict()`` of the optimizer; None if there is none.
    """
    buffers = model.state_dict().values()
    tensors = [x for x in (*buffers, *_tensors(optimizer_state)) if x.is_floating_point()]
    # The host waits for the device once, not for each tensor.
    return not tensors or bool(
        torch.stack([x.isfinite().all().to(tensors[0].device) for x in tensors]).all()
    )


def _tensors(state: Any) -> Iterator[Tensor]:
    if isinstance(state, Tensor):
        yield state
    elif isinstance(state, dict):
        for value in state.values():
            yield from _tensors(value)
    elif isinstance(state, list | tuple):
        for value in state:
            yield from _tensors(value)
