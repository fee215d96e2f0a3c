"""Each check of an inference is seen failing: one that keeps every promise, and planted faults."""

import random
from dataclasses import dataclass, replace

import pytest
import torch
from support.faults import cases, claimed, planned, report_of, require_caught
from support.shown import Shown
from torch import nn

from mmcore.aggregators import ProductOfExperts
from mmcore.distributions import Gaussian
from mmcore.encoding import Inference
from mmcore.fusion import Fusion
from mmcore.testing import check_inference
from mmcore.testing.checks.posterior import InferenceCase


class Fine(Inference):
    """The product of experts, moved by a parameter that is 0 at the start."""

    def __init__(self, context):
        super().__init__()
        self.names = len(context.names)
        self.styles = sum(context.style_dims.values())
        self.fusion = Fusion(ProductOfExperts(), [1.0] * self.names)
        self.shift = nn.Parameter(torch.zeros(context.content_dim))

    def forward(self, encoding, noise=None):
        q = self.fusion(encoding, noise)
        moved = q.loc + self.shift + self.by(encoding)
        return self.shown(Gaussian(moved, q.logvar), encoding.present.sum(0) > 1)

    def by(self, encoding):
        return 0.0

    def shown(self, q, several):
        return Shown(q)


class TwiceAsLong(Fine):
    def shown(self, q, several):
        return Gaussian(q.loc.repeat(1, 2), q.logvar.repeat(1, 2))


class OneDensityForTheBatch(Fine):
    def shown(self, q, several):
        return OfTheBatch(q)


@dataclass(frozen=True)
class OfTheBatch(Shown):
    def log_prob(self, z):
        return self.q.log_prob(z).sum(-1)


class FailsForTheLast(Fine):
    def by(self, encoding):
        alone = encoding.present[-1] & (encoding.present.sum(0) == 1)
        bad = alone.all() & (encoding.present.shape[0] > 1)
        return torch.where(bad, float("nan"), 0.0)


class AtMostThree(Fine):
    def by(self, encoding):
        return 0.0 if len(encoding.present) <= 3 else float("nan")


class NotForOne(Fine):
    def by(self, encoding):
        return 0.0 if len(encoding.present) > 1 else float("inf")


class NeedsStyles(Fine):
    def by(self, encoding):
        return 0.0 if self.styles else float("nan")


class ReadsAbsentExperts(Fine):
    def by(self, encoding):
        return 0.1 * encoding.content.loc.sum(0)


class ReadsAbsentValues(Fine):
    def by(self, encoding):
        return 0.1 * sum(x.sum(1, keepdim=True) for x in encoding.values.values())


class LeaksGradient(Fine):
    def by(self, encoding):
        loc = encoding.content.loc
        return ((loc - loc.detach()) * ~encoding.present.unsqueeze(-1)).sum(0)


class CountsValues(Fine):
    def by(self, encoding):
        return 0.1 * len(encoding.values)


class OtherWhereComplete(Fine):
    def by(self, encoding):
        return 0.1 * encoding.complete


class ByOtherRows(Fine):
    def by(self, encoding):
        return 0.1 * (encoding.values["m0"].mean() > 2) if "m0" in encoding.values else 0.0


class ByOtherHoles(Fine):
    def by(self, encoding):
        last = encoding.present[-1]
        return 0.1 * bool(encoding.rows == 6 and last[1:].float().mean() < 0.5)


class ByTheNumberOfRows(Fine):
    def by(self, encoding):
        return 0.1 * (encoding.rows == 2)


class ByThePlace(Fine):
    def by(self, encoding):
        return 0.1 * (torch.arange(encoding.rows) >= 6).unsqueeze(1)


class IgnoresTheLast(Fine):
    def forward(self, encoding, noise=None):
        first = encoding.present[:-1].any(0)
        last = encoding.present[-1:] & ~first
        present = torch.cat([encoding.present[:-1], last])
        return super().forward(replace(encoding, present=present, complete=False), noise)


class SpoiltByEmptyRows(Fine):
    def by(self, encoding):
        return 0.1 * bool((~encoding.present).all(0).any())


class DrawsByChance(Fine):
    def shown(self, q, several):
        return Shown(q, chance=True)


class ByChance(Fine):
    def by(self, encoding):
        return 0.01 * torch.randn(())


class SameAtEveryStep(Fine):
    def shown(self, q, several):
        return OfOneStep(q)


@dataclass(frozen=True)
class OfOneStep(Shown):
    def rsample(self, noise):
        return self.q.rsample(replace(noise, step=0))


class NotNormalized(Fine):
    def shown(self, q, several):
        return Shown(q, total=0.1 * several)


class HalvedDensity(Fine):
    def shown(self, q, several):
        return Shown(q, total=-0.7)


class WideDraws(Fine):
    def shown(self, q, several):
        return Shown(q, stretch=1 + 0.3 * several.unsqueeze(1))


class OtherMean(Fine):
    def shown(self, q, several):
        return Shown(q, off=0.2)


class NotNormalizedOnceItLearns(Fine):
    """Right for the parameters of the start."""

    def shown(self, q, several):
        return Shown(q, total=self.shift.sum())


class UnusedParameter(Fine):
    def __init__(self, context):
        super().__init__(context)
        self.unused = nn.Parameter(torch.zeros(1))


class DetachedDraws(Fine):
    def shown(self, q, several):
        return Detached(q)


@dataclass(frozen=True)
class Detached(Shown):
    def rsample(self, noise):
        return self.q.rsample(noise).detach().requires_grad_()


class SeededElsewhere(Fine):
    def __init__(self, context):
        super().__init__(context)
        nn.init.constant_(self.shift, random.random())


class HoldsATensor(Fine):
    def __init__(self, context):
        super().__init__(context)
        self.two = torch.tensor(2.0)


class HidesItsShift(Fine):
    def __init__(self, context):
        super().__init__(context)
        self.register_buffer("hidden", torch.rand(()), persistent=False)

    def by(self, encoding):
        return self.hidden


class HoldsAFunction(Fine):
    def __init__(self, context):
        super().__init__(context)
        self.function = lambda z: z


class SingleDraws(Fine):
    def shown(self, q, several):
        return Shown(q, single=True)


class OnlyInterpreted(Fine):
    def by(self, encoding):
        return 1.0 if torch.compiler.is_compiling() else 0.0


FAULTS = [
    (TwiceAsLong, "posterior-has-shape", ...),
    (OneDensityForTheBatch, "posterior-has-shape", ...),
    (FailsForTheLast, "every-subset", "gradients"),
    (AtMostThree, "any-number"),
    (NotForOne, "any-number"),
    (NeedsStyles, "without-styles"),
    (ReadsAbsentExperts, "absent-values", "absent-gradients", "restriction"),
    (ReadsAbsentValues, "absent-values", "absent-gradients", "restriction"),
    (LeaksGradient, "absent-gradients"),
    (CountsValues, "restriction"),
    (OtherWhereComplete, "completeness", "restriction"),
    (ByOtherRows, "rows-apart"),
    (ByOtherHoles, "rows-apart"),
    (ByTheNumberOfRows, "selection"),
    (ByThePlace, "repetition", "draws-follow-density"),
    (IgnoresTheLast, "uses-every-modality"),
    (SpoiltByEmptyRows, "empty-rows"),
    (DrawsByChance, "draws-from-noise"),
    (ByChance, "draws-from-noise", ...),
    (SameAtEveryStep, "draws-from-noise", "score"),
    (NotNormalized, "normalization"),
    (HalvedDensity, "normalization"),
    (WideDraws, "draws-follow-density"),
    (OtherMean, "mean-of-density"),
    (NotNormalizedOnceItLearns, "score"),
    (UnusedParameter, "gradients"),
    (DetachedDraws, "draws-are-differentiable"),
    (SeededElsewhere, "seeded-weights"),
    (HoldsATensor, "moves-to-a-device"),
    (HidesItsShift, "saving"),
    (HoldsAFunction, "sent-to-worker"),
    (SingleDraws, "float64"),
    (OnlyInterpreted, "compiles"),
]


def test_an_inference_that_keeps_every_promise_passes_every_check():
    assert {outcome.check for outcome in check_inference(Fine).having("passed")} == planned(
        "inference"
    )


@pytest.mark.parametrize(("fault", "checks"), cases(FAULTS))
def test_a_planted_fault_is_caught_by_its_check(fault, checks):
    require_caught(report_of("inference", InferenceCase(fault), checks), checks)


def test_every_check_has_been_seen_failing():
    assert claimed(FAULTS) == planned("inference")
