"""Helpers of the checks of several kinds."""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from multiprocessing.reduction import ForkingPickler
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError
from torch import Tensor, nn

from mmcore.errors import MmcoreError
from mmcore.saving import load_weights, save_weights
from mmcore.testing.check import NonConformance, require

__all__ = [
    "Tensors",
    "assert_close",
    "double_precision",
    "require_every_gradient",
    "require_finite",
    "require_registered",
    "require_shape",
    "seeded",
    "sent",
    "through_a_file",
]

Tensors = Mapping[str, Tensor]
Made = TypeVar("Made")


def seeded(make: Callable[..., Made], *arguments: Any, seed: int = 0) -> Made:
    """Return ``make(*arguments)`` with torch seeded before."""
    torch.default_generator.manual_seed(seed)
    return make(*arguments)


@contextmanager
def double_precision() -> Iterator[None]:
    """Make float64 the default type."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


def assert_close(actual: Tensors, wanted: Tensors, message: str, scale: float = 1.0) -> None:
    """Require that tensors of the same names agree to the precision of their type times ``scale``."""
    for name, tensor in actual.items():
        slack = scale * (1e-8 if tensor.dtype == torch.float64 else 1e-4)
        same = torch.allclose(tensor, wanted[name], rtol=slack, atol=slack, equal_nan=True)
        require(same, f"{message}: {name} differs by {_distance(tensor, wanted[name])}")


def require_finite(tensors: Tensors, message: str) -> None:
    """Require that no number is infinite or not a number."""
    for name, tensor in tensors.items():
        require(tensor.isfinite().all(), f"{message}: {name} is not finite")


def require_every_gradient(modules: Mapping[str, nn.Module]) -> None:
    """Require that every parameter has a gradient that is finite and not zero throughout."""
    for owner, module in modules.items():
        for name, parameter in module.named_parameters():
            where = f"{owner}.{name}" if owner else name
            if not (parameter.requires_grad and parameter.numel()):
                continue
            reached = parameter.grad is not None and bool((parameter.grad != 0).any())
            require(reached, f"no gradient reaches {where}")
            if parameter.grad is not None:
                require(parameter.grad.isfinite().all(), f"the gradient of {where} is not finite")


def require_registered(module: nn.Module) -> None:
    """Require that every tensor attribute is a parameter or a buffer."""
    for name, part in module.named_modules():
        for attribute, value in vars(part).items():
            where = f"{name}.{attribute}" if name else attribute
            held = isinstance(value, Tensor)
            require(not held, f"{where} is a tensor; use register_buffer(..., persistent=False)")


def require_shape(tensor: Tensor, shape: tuple[int, ...], what: str) -> None:
    """Require the shape of a tensor; ``what`` names it."""
    require(tuple(tensor.shape) == shape, f"{what} has shape {tuple(tensor.shape)}, not {shape}")


def sent(thing: Made) -> Made:
    """Return ``thing`` as a worker process would receive it.

    Raises:
        NonConformance: it cannot be sent.
    """
    try:
        received: Made = ForkingPickler.loads(ForkingPickler.dumps(thing))
    except Exception as error:
        raise NonConformance(
            f"it cannot be sent to a process ({type(error).__name__}: {error})"
        ) from error
    return received


def through_a_file(original: nn.Module, other: nn.Module) -> None:
    """Give ``other`` the weights of ``original`` by way of a safetensors file.

    Raises:
        NonConformance: they cannot be written, or are those of another module.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.safetensors"
        try:
            save_weights(original, path)
            load_weights(other, path)
        except (MmcoreError, RuntimeError, ValueError, SafetensorError) as error:
            raise NonConformance(f"its weights do not go through a file: {error}") from error


def _distance(one: Tensor, other: Tensor) -> str:
    if one.shape != other.shape:
        return f"shape, {tuple(one.shape)} and {tuple(other.shape)}"
    return f"up to {float((one.double() - other.double()).abs().max().detach()):.3g}"
