"""Each check of an optimizer is seen failing: an optimizer that keeps every promise, and planted faults."""

from itertools import chain

import pytest
import torch
from support.faults import cases, claimed, planned, report_of, require_caught
from torch.optim import SGD, Adam
from torch.optim.lr_scheduler import LambdaLR, LinearLR

from mmcore.plugins import Catalogue
from mmcore.testing import check_optimizer, run_checks
from mmcore.testing.checks.optimizer_case import OptimizerCase
from mmcore.training.optimizer import Optimization, OptimizerBuilder

CORE = Catalogue.discover({"MMCORE_PLUGINS": ""})


class Fine(OptimizerBuilder):
    """Gradient descent with momentum and a learning rate that falls."""

    kind = SGD

    def build(self, named_parameters, config):
        parameters = [p for name, p in named_parameters if self.takes(name, p)]
        optimizer = self.optimizer(parameters, config)
        return Optimization(optimizer, self.schedule(optimizer, config))

    def takes(self, name, parameter):
        return True

    def optimizer(self, parameters, config):
        return self.kind(parameters, lr=0.1 * config.learning_rate, momentum=0.9)

    def schedule(self, optimizer, config):
        return LambdaLR(optimizer, lambda step: 1 - step / (2 * config.steps))


class FusedAdam(Fine):
    """The fused Adam, but for clipping in float16."""

    def optimizer(self, parameters, config):
        fused = config.precision != "16-mixed" or config.gradient_clip is None
        return Adam(parameters, lr=config.learning_rate, fused=fused)


class ReturnsAPair(Fine):
    def build(self, named_parameters, config):
        built = super().build(named_parameters, config)
        return built.optimizer, built.schedule


class NoSchedule(Fine):
    def schedule(self, optimizer, config):
        return None


class ScheduleOfAnother(Fine):
    def schedule(self, optimizer, config):
        other = SGD([torch.zeros(1, requires_grad=True)], lr=0.1 * config.learning_rate)
        return super().schedule(other, config)


class MatricesOnly(Fine):
    def takes(self, name, parameter):
        return parameter.ndim > 1


class NoScalars(Fine):
    def takes(self, name, parameter):
        return parameter.ndim > 0


class TrainedOnly(Fine):
    def takes(self, name, parameter):
        return parameter.requires_grad


class OneTooMany(Fine):
    def optimizer(self, parameters, config):
        return super().optimizer([*parameters, torch.zeros(1, requires_grad=True)], config)


class TwoGroups(Fine):
    """Fails where a model has no matrix."""

    def optimizer(self, parameters, config):
        matrices = [p for p in parameters if p.ndim > 1]
        vectors = [p for p in parameters if p.ndim <= 1]
        assert matrices
        groups = [{"params": matrices}, {"params": vectors}]
        return super().optimizer(groups, config)


class StartsAtZero(Fine):
    def optimizer(self, parameters, config):
        for parameter in parameters:
            parameter.data.mul_(0.5)
        return super().optimizer(parameters, config)


class Unfreezes(Fine):
    def optimizer(self, parameters, config):
        for parameter in parameters:
            parameter.requires_grad_()
        return super().optimizer(parameters, config)


class Freezes(Fine):
    def optimizer(self, parameters, config):
        parameters[0].requires_grad_(False)
        return super().optimizer(parameters, config)


class DecaysUnused(SGD):
    def step(self, closure=None):
        super().step(closure)
        for p in chain.from_iterable(g["params"] for g in self.param_groups):
            p.data.mul_(0.999)


class ZerosForNone(Fine):
    kind = DecaysUnused


class RaisesVectors(SGD):
    def step(self, closure=None):
        for p in chain.from_iterable(g["params"] for g in self.param_groups):
            p.grad = p.grad if p.ndim > 0 else None
        super().step(closure)


class SkipsScalars(Fine):
    kind = RaisesVectors


class Contiguous(SGD):
    def step(self, closure=None):
        super().step(closure)
        for p in chain.from_iterable(g["params"] for g in self.param_groups):
            p.data = p.data.contiguous(memory_format=torch.contiguous_format)


class LosesLayout(Fine):
    kind = Contiguous


class Single(SGD):
    def step(self, closure=None):
        super().step(closure)
        for p in chain.from_iterable(g["params"] for g in self.param_groups):
            p.data = p.data.float()


class SinglePrecision(Fine):
    kind = Single


class Ascent(Fine):
    def optimizer(self, parameters, config):
        return SGD(parameters, lr=config.learning_rate, momentum=0.9, maximize=True)


class Diverges(Fine):
    def optimizer(self, parameters, config):
        optimizer = super().optimizer(parameters, config)
        optimizer.register_step_post_hook(
            lambda *_: [p.data.mul_(3) for p in with_gradient(optimizer)]
        )
        return optimizer


def with_gradient(optimizer):
    every = chain.from_iterable(group["params"] for group in optimizer.param_groups)
    return [p for p in every if p.grad is not None]


class FixedRate(Fine):
    def optimizer(self, parameters, config):
        return SGD(parameters, lr=1e-3, momentum=0.9)


class TwiceTheRate(Fine):
    def optimizer(self, parameters, config):
        return SGD(parameters, lr=2 * config.learning_rate)


class StopsTooEarly(Fine):
    def schedule(self, optimizer, config):
        return LambdaLR(optimizer, lambda step: max(0.0, 1 - 2 * step / config.steps))


class EndsAtZero(Fine):
    def schedule(self, optimizer, config):
        return LambdaLR(optimizer, lambda step: 1 - step / max(config.steps - 1, 1))


class RaisesInShortRuns(Fine):
    def schedule(self, optimizer, config):
        return LinearLR(optimizer, total_iters=10 // (config.steps // 2))


class RaisesAtTheEnd(Fine):
    def schedule(self, optimizer, config):
        def factor(step):
            assert step < config.steps
            return 1.0

        return LambdaLR(optimizer, factor)


class HiddenState(SGD):
    """Its average of gradients is not in its state."""

    def __init__(self, parameters, **options):
        super().__init__(parameters, **options)
        self.average = {}

    def step(self, closure=None):
        for n, p in enumerate(with_gradient(self)):
            self.average[n] = 0.5 * self.average.get(n, 0) + p.grad
            p.grad = self.average[n].clone()
        super().step(closure)


class ForgetsTheAverage(Fine):
    kind = HiddenState


class ForgetfulSchedule(LambdaLR):
    def state_dict(self):
        return {}

    def load_state_dict(self, state_dict):
        pass


class ForgetsTheStep(Fine):
    def schedule(self, optimizer, config):
        return ForgetfulSchedule(optimizer, lambda step: 1 - step / (2 * config.steps))


class KeepsAnObject(SGD):
    def state_dict(self):
        return {**super().state_dict(), "device": torch.device("cpu")}


class UnpackableState(Fine):
    kind = KeepsAnObject


class Langevin(SGD):
    def step(self, closure=None):
        super().step(closure)
        for p in with_gradient(self):
            p.data.add_(1e-4 * torch.randn_like(p))


class AddsNoise(Fine):
    kind = Langevin


class DrawsTheRate(Fine):
    def optimizer(self, parameters, config):
        return SGD(parameters, lr=config.learning_rate * float(0.1 + 0.1 * torch.rand(())))


class AlwaysFused(Fine):
    def optimizer(self, parameters, config):
        return Adam(parameters, lr=config.learning_rate, fused=True)


FAULTS = [
    (ReturnsAPair, "optimization", ...),
    (NoSchedule, "optimization", ...),
    (ScheduleOfAnother, "optimization", ...),
    (MatricesOnly, "every-parameter", "single-parameter", "steps-change-parameters"),
    (NoScalars, "every-parameter", "steps-change-parameters"),
    (TrainedOnly, "every-parameter"),
    (OneTooMany, "every-parameter", "single-parameter"),
    (TwoGroups, "single-parameter"),
    (StartsAtZero, "building-changes-nothing", "steps-change-parameters", "saving"),
    (Unfreezes, "building-changes-nothing"),
    (Freezes, "building-changes-nothing", "steps-change-parameters"),
    (ZerosForNone, "steps-change-parameters"),
    (SkipsScalars, "steps-change-parameters"),
    (LosesLayout, "keeps-type-and-layout"),
    (SinglePrecision, "keeps-type-and-layout"),
    (Ascent, "decreases"),
    (Diverges, "decreases"),
    (FixedRate, "learning-rate"),
    (TwiceTheRate, "learning-rate"),
    (EndsAtZero, "learning-rate"),
    (StopsTooEarly, "learning-rate"),
    (RaisesInShortRuns, "learning-rate"),
    (RaisesAtTheEnd, "learning-rate", ...),
    (ForgetsTheAverage, "saving"),
    (ForgetsTheStep, "saving"),
    (UnpackableState, "saving"),
    (AddsNoise, "no-randomness", "saving"),
    (DrawsTheRate, "no-randomness", "saving"),
    (AlwaysFused, "clipping-in-float16"),
]


@pytest.mark.parametrize("make", [Fine, FusedAdam])
def test_an_optimizer_that_keeps_every_promise_passes_every_check(make):
    assert check_optimizer(make).ok


@pytest.mark.parametrize("name", CORE.names("optimizer"))
@pytest.mark.parametrize("schedule", ["one-cycle", "cosine", "linear", "constant"])
def test_the_optimizers_of_the_core_keep_every_promise(name, schedule):
    settings = {"schedule": schedule, "weight_decay": 0.1}
    run_checks("optimizer", name, CORE, settings=settings).require_ok()


@pytest.mark.parametrize(("fault", "checks"), cases(FAULTS))
def test_a_planted_fault_is_caught_by_its_check(fault, checks):
    require_caught(report_of("optimizer", OptimizerCase(fault), checks), checks)


def test_every_check_has_been_seen_failing():
    assert claimed(FAULTS) == planned("optimizer")
