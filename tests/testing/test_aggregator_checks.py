"""Each check of an aggregator is seen failing: one that keeps every promise, and planted faults."""

from dataclasses import dataclass, replace

import pytest
import torch
from support.faults import cases, claimed, planned, report_of, require_caught
from support.shown import Shown
from torch import nn

from mmcore.aggregators import Aggregator, GeometricMean
from mmcore.distributions import Gaussian
from mmcore.testing import check_aggregator
from mmcore.testing.checks.cases import AggregatorCase


class Fine(Aggregator):
    """The geometric mean, moved by a parameter that begins at 0."""

    def __init__(self):
        super().__init__()
        self.mean = GeometricMean()
        self.shift = nn.Parameter(torch.zeros(()))

    def forward(self, experts):
        q = self.mean(experts)
        # What is wrong is wrong in rows of several experts, so that one alone is as it should be.
        several = (experts.present.sum(0) > 1).to(q.loc.dtype).unsqueeze(1)
        moved = Gaussian(q.loc + self.shift + several * self.by(experts), q.logvar)
        return self.shown(moved, several)

    def shown(self, q, several):
        return Shown(q)

    def by(self, experts):
        return 0


class FirstCountsMore(Fine):
    def by(self, experts):
        first = experts.present.long().argmax(0)
        return 0.1 * experts.gaussians.take(first).loc


class CountsAbsent(Fine):
    def by(self, experts):
        return 0.1 * (~experts.present).sum(0).unsqueeze(-1)


class LeaksGradient(Fine):
    def by(self, experts):
        loc = experts.gaussians.loc
        return ((loc - loc.detach()) * ~experts.present.unsqueeze(-1)).sum(0)


class UnusedParameter(Fine):
    def __init__(self):
        super().__init__()
        self.unused = nn.Parameter(torch.zeros(1))


class ByOtherRows(Fine):
    def by(self, experts):
        return 0.1 * (experts.gaussians.loc.mean() > 3)


class ChangesOne(Fine):
    def shown(self, q, several):
        return Shown(Gaussian(q.loc, q.logvar + 0.1 * (1 - several)))


class NotNormalized(Fine):
    def shown(self, q, several):
        return Shown(q, total=0.1 * several.squeeze(1))


class OtherMean(Fine):
    def shown(self, q, several):
        return Shown(q, off=0.1 * several)


class WideDraws(Fine):
    def shown(self, q, several):
        return Shown(q, stretch=1 + 0.2 * several)


class ByChance(Fine):
    def shown(self, q, several):
        return Shown(q, chance=True)


class Overflows(Fine):
    def by(self, experts):
        return 0 * experts.gaussians.logvar.square().exp().sum(0)


class SingleDraws(Fine):
    def shown(self, q, several):
        return Shown(q, single=True)


class CallsItselfGaussian(Fine):
    is_gaussian = True


class TooWide(Fine):
    def shown(self, q, several):
        return Shown(Gaussian(q.loc, q.logvar + 0.1 * several))


class HidesThatItIsAMean(Fine):
    is_mean = False


class HidesItsShift(Fine):
    def __init__(self):
        super().__init__()
        self.hidden = torch.rand(())

    def by(self, experts):
        return self.hidden


class HoldsAFunction(Fine):
    def __init__(self):
        super().__init__()
        self.function = lambda z: z


class OnlyInterpreted(Fine):
    def by(self, experts):
        return 1 if torch.compiler.is_compiling() else 0


class LastCountsMore(Fine):
    def by(self, experts):
        last = experts.present.shape[0] - 1 - experts.present.flip(0).long().argmax(0)
        return 0.1 * experts.gaussians.take(last).loc


class CountsExperts(Fine):
    def by(self, experts):
        return 0.1 * len(experts.present)


class RootOfZero(Fine):
    """The slope of a root is infinite where the number of absent experts is zero."""

    def by(self, experts):
        loc = experts.gaussians.loc
        absent = ((loc - loc.detach()) * ~experts.present.unsqueeze(-1)).sum(0)
        return absent.abs().sqrt()


class DetachedParameter(Fine):
    def forward(self, experts):
        q = self.mean(experts)
        return self.shown(Gaussian(q.loc + self.shift.detach(), q.logvar), None)


class HalvedDensity(Fine):
    def shown(self, q, several):
        return Shown(q, total=-0.7 * several.squeeze(1))


class ShiftedDraws(Fine):
    def shown(self, q, several):
        return ShiftedBy(q)


@dataclass(frozen=True)
class ShiftedBy(Shown):
    def rsample(self, noise):
        return self.q.rsample(noise) + 0.1


class SameAtEveryStep(Fine):
    def shown(self, q, several):
        return OfOneStep(q)


@dataclass(frozen=True)
class OfOneStep(Shown):
    def rsample(self, noise):
        return self.q.rsample(replace(noise, step=0))


class HidesThatItIsGaussian(Fine):
    def shown(self, q, several):
        return q


FAULTS = [
    (FirstCountsMore, "order-of-experts", "declares-mean"),
    (LastCountsMore, "order-of-experts", "declares-mean"),
    (CountsAbsent, "absent-experts"),
    (CountsExperts, "absent-experts", ...),
    (LeaksGradient, "absent-gradients"),
    (RootOfZero, "absent-gradients", ...),
    (UnusedParameter, "parameters-learn"),
    (DetachedParameter, "parameters-learn"),
    (ByOtherRows, "rows-apart"),
    (ChangesOne, "one-expert"),
    (NotNormalized, "integrates-to-one", "declares-mean"),
    (HalvedDensity, "integrates-to-one", "declares-mean"),
    (OtherMean, "mean-of-density"),
    (WideDraws, "draws-follow-density"),
    (ShiftedDraws, "draws-follow-density"),
    (ByChance, "draws-from-noise"),
    (SameAtEveryStep, "draws-from-noise"),
    (Overflows, "extreme-variances"),
    (SingleDraws, "precision-kept"),
    (CallsItselfGaussian, "declares-gaussian"),
    (HidesThatItIsGaussian, "declares-gaussian"),
    (TooWide, "declares-mean"),
    (HidesThatItIsAMean, "declares-mean"),
    (HidesItsShift, "saving", "declares-mean"),
    (HoldsAFunction, "sent-to-worker"),
    (OnlyInterpreted, "compiles"),
]


def test_an_aggregator_that_keeps_every_promise_passes_every_check():
    report = check_aggregator(Fine)
    assert {outcome.check for outcome in report.having("passed")} == planned("aggregator")


@pytest.mark.parametrize(("fault", "checks"), cases(FAULTS))
def test_a_planted_fault_is_caught_by_its_check(fault, checks):
    require_caught(report_of("aggregator", AggregatorCase(fault), checks), checks)


def test_every_check_has_been_seen_failing():
    assert claimed(FAULTS) == planned("aggregator")
