"""The arguments of the checks of optimizers: how one is built, and parameters to train."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from mmcore.config import TrainingConfig
from mmcore.errors import MmcoreError
from mmcore.testing.check import NonConformance, require
from mmcore.testing.component import Component
from mmcore.training.optimizer import Optimization, OptimizerBuilder
from mmcore.training.restoring import in_memory_order
from mmcore.training.serialization import pack, unpack

__all__ = [
    "RATE",
    "STEPS",
    "OptimizerCase",
    "Parts",
    "require_equal",
    "through_a_checkpoint",
    "train",
]

STEPS, RATE = 50, 1e-2


class Parts(nn.Module):
    """Parameters of several shapes and layouts, one that is not used and one that is frozen."""

    def __init__(self, dtype: torch.dtype = torch.float32) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(0)

        def drawn(*shape: int) -> nn.Parameter:
            return nn.Parameter(torch.randn(shape, generator=generator).to(dtype))

        self.weight, self.bias, self.scale = drawn(4, 3), drawn(4), drawn()
        images = drawn(4, 3, 2, 2).data.to(memory_format=torch.channels_last)
        self.channels_last = nn.Parameter(images)
        self.unused = drawn(3, 2)
        self.frozen = drawn(2).requires_grad_(False)

    @property
    def used(self) -> dict[str, nn.Parameter]:
        """The parameters that have gradients."""
        named = dict(self.named_parameters())
        return {name: p for name, p in named.items() if name not in ("unused", "frozen")}

    def loss(self) -> Tensor:
        """Return the sum of squares of distances from 0.5 that have different weights."""
        terms = [(n + 1) * (p - 0.5).square().sum() for n, p in enumerate(self.used.values())]
        return torch.stack(terms).sum()

    @property
    def values(self) -> dict[str, Tensor]:
        """Copies of all parameters."""
        return {name: p.detach().clone() for name, p in self.named_parameters()}


@dataclass(frozen=True, slots=True)
class OptimizerCase:
    """Builders of optimizers made by ``make()``."""

    make: Callable[[], OptimizerBuilder]
    component: Component | None = None

    @classmethod
    def of_component(cls, component: Component) -> "OptimizerCase":
        """Return the case of a registered optimizer."""

        def make() -> OptimizerBuilder:
            builder: OptimizerBuilder = component.load()(component.settings, component.context)
            return builder

        return cls(make, component)

    def built(self, module: nn.Module, steps: int = STEPS, rate: float = RATE) -> Optimization:
        """Return the optimizer and the schedule of a module."""
        config = TrainingConfig(steps=steps, learning_rate=rate)
        return self.make().build(module.named_parameters(), config)


def train(parts: Parts, optimization: Optimization, steps: int) -> list[list[float]]:
    """Train with the sum of squares and return the learning rates of each step."""
    rates = []
    for _ in range(steps):
        rates.append([float(group["lr"]) for group in optimization.optimizer.param_groups])
        optimization.optimizer.zero_grad()
        torch.autograd.backward(parts.loss())
        optimization.optimizer.step()
        optimization.schedule.step()
    return rates


def through_a_checkpoint(one: Optimization, other: Optimization) -> None:
    """Load the state of ``one`` into ``other``, as a checkpoint does."""
    state = _packed(one.optimizer.state_dict(), "optimizer")
    other.optimizer.load_state_dict(in_memory_order(state, other.optimizer))
    other.schedule.load_state_dict(_packed(one.schedule.state_dict(), "schedule"))


def _packed(state: dict[str, Any], name: str) -> Any:
    tensors: dict[str, Tensor] = {}
    try:
        document = pack(state, tensors, name)
    except MmcoreError as error:
        raise NonConformance(str(error)) from error
    return unpack(document, {path: tensor.clone() for path, tensor in tensors.items()})


def require_equal(weights: dict[str, Tensor], wanted: dict[str, Tensor], message: str) -> None:
    """Require that tensors are equal bit for bit."""
    for name, value in weights.items():
        require(torch.equal(value, wanted[name]), f"{message} changes {name}")
