"""Each check of an aggregator is seen failing: one that keeps every promise, and rigged ones."""

from dataclasses import dataclass

import pytest
import torch
from torch import nn

from mmcore.aggregators import Aggregator, GeometricMean
from mmcore.distributions import Gaussian, LatentDistribution
from mmcore.testing import kit_of
from mmcore.testing.checks.cases import AggregatorCase
from mmcore.testing.checks.component import COMPONENT_CHECKS
from mmcore.testing.running import run


@dataclass(frozen=True)
class Shown(LatentDistribution):
    """A Gaussian, of which each part may be off."""

    q: Gaussian
    total: object = 0.0
    off: object = 0.0
    stretch: object = 1.0
    chance: bool = False
    single: bool = False

    @property
    def mean(self):
        return self.q.mean + self.off

    def rsample(self, noise):
        z = self.stretch * (self.q.rsample(noise) - self.q.loc) + self.q.loc
        z = self.q.loc + self.q.stddev * torch.randn_like(z) if self.chance else z
        return z.float() if self.single else z

    def log_prob(self, z):
        return self.q.log_prob(z) + self.total


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


class NotNormalised(Fine):
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


RIGGED = {
    "order-of-experts": FirstCountsMore,
    "absent-experts": CountsAbsent,
    "absent-gradients": LeaksGradient,
    "parameters-learn": UnusedParameter,
    "rows-apart": ByOtherRows,
    "one-expert": ChangesOne,
    "integrates-to-one": NotNormalised,
    "mean-of-density": OtherMean,
    "draws-follow-density": WideDraws,
    "draws-from-noise": ByChance,
    "extreme-variances": Overflows,
    "precision-kept": SingleDraws,
    "declares-gaussian": CallsItselfGaussian,
    "saving": HidesItsShift,
    "sent-to-worker": HoldsAFunction,
    "compiles": OnlyInterpreted,
}
CHECKS = kit_of("aggregator").checks


def report_of(make):
    return run("aggregator", make.__name__, CHECKS, lambda: AggregatorCase(make))


def test_one_that_keeps_every_promise_passes_every_check():
    report = report_of(Fine)
    assert report.ok, report.text()
    assert len(report.having("passed")) == len(RIGGED)


@pytest.mark.parametrize("name", RIGGED)
def test_one_that_breaks_one_promise_fails_that_check_alone(name):
    report = report_of(RIGGED[name])
    assert [outcome.check for outcome in report.having("failed")] == [name], report.text()


def test_every_check_has_been_seen_failing():
    planned = {check.name for check in CHECKS}
    assert planned == {check.name for check in COMPONENT_CHECKS} | RIGGED.keys()
