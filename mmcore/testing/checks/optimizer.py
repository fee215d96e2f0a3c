"""Checks of an optimizer: its parameters, steps, learning rates, and state."""

import torch
from torch import nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from mmcore.config import TrainingConfig
from mmcore.testing.check import Check, require
from mmcore.testing.checks.component import COMPONENT_CHECKS
from mmcore.testing.checks.optimizer_case import (
    RATE,
    STEPS,
    OptimizerCase,
    Parts,
    require_equal,
    through_a_checkpoint,
    train,
)
from mmcore.testing.checks.tools import require_finite
from mmcore.testing.kit import Kit
from mmcore.training.optimizer import Optimization

__all__ = ["OPTIMIZER"]

HALF = 5
ROUNDING = 1 + 1e-6


def optimization(case: OptimizerCase) -> None:
    """`build` returns an optimizer and the schedule of that optimizer."""
    built = case.built(Parts())
    require(isinstance(built, Optimization), f"build returns {type(built).__name__}")
    right = isinstance(built.optimizer, Optimizer) and isinstance(built.schedule, LRScheduler)
    require(right, "build returns no torch.optim.Optimizer with a LRScheduler")
    same = built.schedule.optimizer is built.optimizer
    require(same, "the schedule is that of another optimizer")


def every_parameter(case: OptimizerCase) -> None:
    """The optimizer has every parameter of the model once, and no other."""
    parts = Parts()
    places = [id(p) for group in case.built(parts).optimizer.param_groups for p in group["params"]]
    names = {id(p): name for name, p in parts.named_parameters()}
    lacking = [name for key, name in names.items() if key not in places]
    require(not lacking, f"the optimizer lacks {', '.join(lacking)}")
    require(
        len(places) == len(names), f"{len(names)} parameters are {len(places)} in the optimizer"
    )


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
    require_equal(parts.values, before, "build")
    same = trained == [p.requires_grad for p in parts.parameters()]
    require(same, "build changes requires_grad of a parameter")


def steps_change_parameters(case: OptimizerCase) -> None:
    """Steps change every parameter that has a gradient, and no other."""
    parts = Parts()
    before = parts.values
    train(parts, case.built(parts), HALF)
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
        train(parts, case.built(parts), HALF)
        for name, p in parts.named_parameters():
            after = p.dtype, p.stride()
            require(after == before[name], f"{name} is {after} after a step, not {before[name]}")


def decreases(case: OptimizerCase) -> None:
    """A sum of squares is smaller after 50 steps, and finite."""
    parts = Parts()
    before = float(parts.loss().detach())
    train(parts, case.built(parts), STEPS)
    require_finite(parts.values, f"after {STEPS} steps")
    after = float(parts.loss().detach())
    require(after < before, f"a sum of squares is {before:.4g}, and {after:.4g} after training")


def learning_rate(case: OptimizerCase) -> None:
    """The learning rate of a step is above 0 and at most that of the configuration, in runs of any length."""
    for steps in (1, 2, 7, STEPS):
        for rate in (RATE, 1e-6):
            parts = Parts()
            for step, rates in enumerate(train(parts, case.built(parts, steps, rate), steps)):
                right = all(0 < value <= rate * ROUNDING for value in rates)
                require(right, f"step {step} of {steps} has the rates {rates}, not in (0, {rate}]")


def saving(case: OptimizerCase) -> None:
    """A training that is saved and continued, at any step, gives the same parameters bit for bit."""
    whole = Parts()
    train(whole, case.built(whole), 2 * HALF)
    for cut in (0, HALF):
        parts, other = Parts(), Parts()
        first = case.built(parts)
        train(parts, first, cut)
        other.load_state_dict(parts.state_dict())
        second = case.built(other)
        through_a_checkpoint(first, second)
        train(other, second, 2 * HALF - cut)
        require_equal(other.values, whole.values, f"continuing at step {cut}")


def no_randomness(case: OptimizerCase) -> None:
    """Two trainings are equal bit for bit at any global seed, and draw no random number."""
    results = []
    for seed in (1, 2):
        torch.default_generator.manual_seed(seed)
        before = torch.get_rng_state()
        parts = Parts()
        train(parts, case.built(parts), HALF)
        results.append(parts.values)
        same = torch.equal(before, torch.get_rng_state())
        require(same, "the optimizer draws random numbers of the global generator")
    require_equal(results[1], results[0], "another global seed")


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
