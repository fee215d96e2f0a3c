"""Checks that a stored state belongs to an optimizer or a schedule, before it is loaded.

The libraries load any state, and fail, or compute something else, at a later step.
"""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from mmcore.errors import MmcoreError

__all__ = ["check_like", "check_optimizer", "check_schedule", "in_memory_order"]

FAILURES = (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)


def check_like(saved: Any, own: Any, where: str) -> None:
    """Check that a saved value has the types, keys and lengths of the present one.

    Numbers of any type are alike. A present value that is None or empty has no content yet, and a saved one
    may have any.

    Raises:
        MmcoreError: they differ.
    """
    if own is None or (isinstance(own, Mapping | list | tuple) and not own):
        return
    if isinstance(own, Mapping) and isinstance(saved, Mapping):
        if saved.keys() != own.keys():
            name = min(map(str, saved.keys() ^ own.keys()))
            raise MmcoreError(
                f"{where} has or lacks '{name}', unlike that of the installed version"
            )
        for name, value in own.items():
            check_like(saved[name], value, f"{where}/{name}")
    elif isinstance(own, list | tuple) and isinstance(saved, list | tuple):
        if len(saved) != len(own):
            raise MmcoreError(f"{where} has {len(saved)} entries, expected {len(own)}")
        for place, (one, other) in enumerate(zip(saved, own, strict=True)):
            check_like(one, other, f"{where}/{place}")
    elif not _same_kind(saved, own):
        raise MmcoreError(
            f"{where} is of type {type(saved).__name__}, expected {type(own).__name__}"
        )


def check_optimizer(saved: Any, optimizer: Optimizer) -> None:
    """Check that a saved state belongs to an optimizer.

    Raises:
        MmcoreError: it does not.
    """
    own = optimizer.state_dict()
    if not isinstance(saved, Mapping) or not isinstance(saved.get("state"), Mapping):
        raise MmcoreError("optimizer has no 'state'")
    check_like(saved.get("param_groups"), own["param_groups"], "optimizer/param_groups")
    parameters = _parameters(optimizer)
    if [g["params"] for g in saved["param_groups"]] != [g["params"] for g in own["param_groups"]]:
        raise MmcoreError("optimizer/param_groups names other parameters")
    is_fused = any(group.get("fused") for group in own["param_groups"])
    for index, moments in saved["state"].items():
        if type(index) is not int or not 0 <= index < len(parameters):
            raise MmcoreError(f"optimizer/state has the parameter {index!r:.20}, expected a number")
        if not isinstance(moments, Mapping):
            raise MmcoreError(f"optimizer/state/{index} is no collection of moments")
        for name, value in moments.items():
            _check_moment(f"optimizer/state/{index}/{name}", value, parameters[index], is_fused)
    _try_a_step(saved, optimizer)


def check_schedule(saved: Any, schedule: LRScheduler, steps: int) -> None:
    """Check that a saved state belongs to a schedule after a number of steps.

    Raises:
        MmcoreError: it does not.
    """
    check_like(saved, schedule.state_dict(), "schedule")
    if saved.get("last_epoch") != steps:
        raise MmcoreError(
            f"schedule has made {saved.get('last_epoch')!r:.20} steps, expected {steps}"
        )


def in_memory_order(saved: dict[str, Any], optimizer: Optimizer) -> dict[str, Any]:
    """Return the state with each tensor in the memory order of its parameter.

    A fused optimizer walks through memory: a moment in another order than its parameter, such as
    channels last, would be applied to the wrong weights.
    """
    parameters = _parameters(optimizer)
    state = {
        index: {key: _laid_out_like(parameters[index], value) for key, value in moments.items()}
        for index, moments in saved["state"].items()
    }
    return {**saved, "state": state}


def _parameters(optimizer: Optimizer) -> list[Tensor]:
    return [p for group in optimizer.param_groups for p in group["params"]]


def _same_kind(saved: Any, own: Any) -> bool:
    numbers = (bool, int, float)
    if isinstance(own, Tensor) and isinstance(saved, Tensor):
        return saved.shape == own.shape
    both = isinstance(saved, numbers) and isinstance(own, numbers)
    return both or (isinstance(saved, type(own)) and isinstance(own, type(saved)))


def _check_moment(where: str, value: Any, parameter: Tensor, is_fused: bool) -> None:
    if not isinstance(value, Tensor):
        return
    if value.is_complex() != parameter.is_complex():
        raise MmcoreError(f"{where} has numbers of the type {value.dtype}")
    # A fused optimizer reads beyond the end of a moment that is smaller than its parameter.
    expected = torch.Size() if where.endswith("/step") else parameter.shape
    if is_fused and value.shape != expected:
        raise MmcoreError(f"{where} has the shape {tuple(value.shape)}, expected {tuple(expected)}")


def _try_a_step(saved: Mapping[str, Any], optimizer: Optimizer) -> None:
    """Make a step with a copy of the optimizer, if a copy without the saved state can make one.

    The moments of an optimizer have any names and shapes, which only a step of it can check.
    """
    copy = deepcopy(optimizer)
    for parameter in _parameters(copy):
        parameter.grad = torch.zeros_like(parameter)
    try:
        copy.step()
    except FAILURES:
        return  # it has attributes that torch does not copy
    try:
        copy.load_state_dict(in_memory_order(deepcopy(dict(saved)), copy))  # a step changes tensors
        copy.step()
    except FAILURES as error:
        raise MmcoreError(
            f"the optimizer cannot continue from its state ({' '.join(str(error).split())[:200]})"
        ) from error


def _laid_out_like(parameter: Tensor, value: Any) -> Any:
    if not isinstance(value, Tensor) or value.shape != parameter.shape:
        return value
    return torch.empty_like(parameter, dtype=value.dtype, device="cpu").copy_(value)
