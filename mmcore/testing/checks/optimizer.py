"""Checks of an optimizer: its parameters, steps, learning rates, and state."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from mmcore.config import TrainingConfig
from mmcore.errors import MmcoreError
from mmcore.testing.check import Check, NonConformance, require
from mmcore.testing.checks.component import COMPONENT_CHECKS
from mmcore.testing.checks.tools import require_finite
from mmcore.testing.component import Component
from mmcore.testing.kit import Kit
from mmcore.training.checkpoint import in_memory_order
from mmcore.training.optimizer import Optimization, OptimizerBuilder
from mmcore.training.serialization import pack, unpack

__all__ = ["OPTIMIZER", "OptimizerCase"]

STEPS, HALF, RATE = 50, 5, 1e-2
ROUNDING = 1 + 1e-6


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


def optimization(case: OptimizerCase) -> None:
    """`build` returns an optimizer and the schedule of that optimizer."""
    found = case.built(Parts())
    require(isinstance(found, Optimization), f"build returns {type(found).__name__}")
    right = isinstance(found.optimizer, Optimizer) and isinstance(found.schedule, LRScheduler)
    require(right, "build returns no torch.optim.Optimizer with a LRScheduler")
    same = found.schedule.optimizer is found.optimizer
    require(same, "the schedule is that of another optimizer")


def every_parameter(case: OptimizerCase) -> None:
    """The optimizer has every parameter of the model once, and no other."""
    parts = Parts()
    found = [id(p) for group in case.built(parts).optimizer.param_groups for p in group["params"]]
    names = {id(p): name for name, p in parts.named_parameters()}
    lacking = [name for key, name in names.items() if key not in found]
    require(not lacking, f"the optimizer lacks {', '.join(lacking)}")
    require(len(found) == len(names), f"{len(names)} parameters are {len(found)} in the optimizer")


def single_parameter(case: OptimizerCase) -> None:
    """A model may have a single parameter, a vector or a matrix."""
    for shape in ((3,), (3, 2)):
        module = nn.ParameterList([nn.Parameter(torch.ones(shape))])
        group = case.built(module).optimizer.param_groups
        require(sum(len(g["params"]) for g in group) == 1, f"a parameter {shape} is lost")


def building_changes_nothing(case: OptimizerCase) -> None:
    """`build` changes neither the values of parameters nor which of them are trained."""
    parts = Parts()
    before, trained = parts.values, [p.requires_grad for p in parts.parameters()]
    case.built(parts)
    _require_equal(parts.values, before, "build")
    same = trained == [p.requires_grad for p in parts.parameters()]
    require(same, "build changes requires_grad of a parameter")


def steps_change_parameters(case: OptimizerCase) -> None:
    """Steps change every parameter that has a gradient, and no other."""
    parts = Parts()
    before = parts.values
    _train(parts, case.built(parts), HALF)
    for name, value in parts.values.items():
        same = torch.equal(value, before[name])
        if name in parts.used:
            require(not same, f"{HALF} steps do not change {name}, which has a gradient")
        else:
            require(same, f"{HALF} steps change {name}, which has no gradient")


def keeps_type_and_layout(case: OptimizerCase) -> None:
    """Steps keep the type and the memory layout of parameters: float32, float64, channels last."""
    for dtype in (torch.float32, torch.float64):
        parts = Parts(dtype)
        before = {name: (p.dtype, p.stride()) for name, p in parts.named_parameters()}
        _train(parts, case.built(parts), HALF)
        for name, p in parts.named_parameters():
            after = p.dtype, p.stride()
            require(after == before[name], f"{name} is {after} after a step, not {before[name]}")


def decreases(case: OptimizerCase) -> None:
    """A sum of squares is smaller after 50 steps, and finite."""
    parts = Parts()
    before = float(parts.loss().detach())
    _train(parts, case.built(parts), STEPS)
    require_finite(parts.values, f"after {STEPS} steps")
    after = float(parts.loss().detach())
    require(after < before, f"a sum of squares is {before:.4g}, and {after:.4g} after training")


def learning_rate(case: OptimizerCase) -> None:
    """The learning rate of a step is above 0 and at most that of the configuration, in runs of any length."""
    for steps in (1, 2, 7, STEPS):
        for rate in (RATE, 1e-6):
            parts = Parts()
            for step, found in enumerate(_train(parts, case.built(parts, steps, rate), steps)):
                right = all(0 < value <= rate * ROUNDING for value in found)
                require(right, f"step {step} of {steps} has the rates {found}, not in (0, {rate}]")


def saving(case: OptimizerCase) -> None:
    """A training that is saved and continued, at any step, gives the same parameters bit for bit."""
    whole = Parts()
    _train(whole, case.built(whole), 2 * HALF)
    for cut in (0, HALF):
        parts, other = Parts(), Parts()
        first = case.built(parts)
        _train(parts, first, cut)
        other.load_state_dict(parts.state_dict())
        second = case.built(other)
        _through_a_checkpoint(first, second)
        _train(other, second, 2 * HALF - cut)
        _require_equal(other.values, whole.values, f"continuing at step {cut}")


def no_randomness(case: OptimizerCase) -> None:
    """Two trainings are equal bit for bit at any global seed, and draw no random number."""
    results = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        before = torch.get_rng_state()
        parts = Parts()
        _train(parts, case.built(parts), HALF)
        results.append(parts.values)
        same = torch.equal(before, torch.get_rng_state())
        require(same, "the optimizer draws random numbers of the global generator")
    _require_equal(results[1], results[0], "another global seed")


def clipping_in_float16(case: OptimizerCase) -> None:
    """With 16-mixed and clipping, the optimizer does not unscale gradients itself, after the clipping."""
    config = TrainingConfig(precision="16-mixed", gradient_clip=1.0)
    optimizer = case.make().build(Parts().named_parameters(), config).optimizer
    unscales = getattr(optimizer, "_step_supports_amp_scaling", False)
    require(not unscales, "a fused optimizer cannot be clipped in 16-mixed; use fused=False")


OPTIMIZER = Kit(
    "optimizer",
    OptimizerCase,
    OptimizerCase.of_component,
    (
        *COMPONENT_CHECKS,
        *map(
            Check.of,
            (
                optimization,
                every_parameter,
                single_parameter,
                building_changes_nothing,
                steps_change_parameters,
                keeps_type_and_layout,
                decreases,
                learning_rate,
                saving,
                no_randomness,
                clipping_in_float16,
            ),
        ),
    ),
)


def _train(parts: Parts, found: Optimization, steps: int) -> list[list[float]]:
    """Train with the sum of squares and return the learning rates of each step."""
    return list(_steps(parts, found, steps))


def _steps(parts: Parts, found: Optimization, steps: int) -> Iterator[list[float]]:
    for _ in range(steps):
        yield [float(group["lr"]) for group in found.optimizer.param_groups]
        found.optimizer.zero_grad()
        torch.autograd.backward(parts.loss())
        found.optimizer.step()
        found.schedule.step()


def _through_a_checkpoint(one: Optimization, other: Optimization) -> None:
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


def _require_equal(found: dict[str, Tensor], wanted: dict[str, Tensor], message: str) -> None:
    for name, value in found.items():
        require(torch.equal(value, wanted[name]), f"{message} changes {name}")
