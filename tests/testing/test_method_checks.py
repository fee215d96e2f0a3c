"""Each check of a method is seen failing: one that keeps every promise, and rigged ones."""

import dataclasses

import pytest
import torch
from torch import nn

from mmcore.aggregators import Aggregator, ProductOfExperts
from mmcore.distributions import Gaussian
from mmcore.fusion import Fusion
from mmcore.methods.base import Method
from mmcore.objectives import Elbo, Objective, StyleTraining, TermWeights
from mmcore.testing import check_objective, kit_of
from mmcore.testing.checks.component import COMPONENT_CHECKS
from mmcore.testing.checks.trial import MethodCase
from mmcore.testing.running import run


class Fine(Objective):
    """The ELBO, with the loss moved by what a subclass says."""

    def __init__(self, posterior, weights, styles):
        super().__init__()
        self.elbo = Elbo(posterior, weights, styles)

    def forward(self, codec, batch, noise, progress):
        terms = self.elbo(codec, batch, noise, progress)
        return dataclasses.replace(terms, loss=terms.loss + self.by(codec, batch, terms))

    def by(self, codec, batch, terms):
        return 0.0


class TermsOfTheBatch(Fine):
    def forward(self, codec, batch, noise, progress):
        terms = super().forward(codec, batch, noise, progress)
        return dataclasses.replace(
            terms, divergences={"kl": terms.divergences["kl"].mean().detach()}
        )


class NeedsTwo(Fine):
    def by(self, codec, batch, terms):
        return 0.0 if len(codec.names) > 1 else float("nan")


class NeedsAStyle(Fine):
    def by(self, codec, batch, terms):
        return 0.0 if sum(codec.style_dims.values()) else float("inf")


class ReadsAbsentValues(Fine):
    def by(self, codec, batch, terms):
        return 0 * sum(x.sum(1) for x in batch.values.values())


class ReachesAbsentEncoders(Fine):
    def by(self, codec, batch, terms):
        leaks = [
            codec[n].encode(x.nan_to_num()).content.loc.sum(1) for n, x in batch.values.items()
        ]
        return sum(leak - leak.detach() for leak in leaks)


class CountsColumns(Fine):
    def by(self, codec, batch, terms):
        return 0.3 * len(batch.values)


class FirstCountsMore(Fine):
    def by(self, codec, batch, terms):
        return 0.5 * terms.nll[codec.names[0]]


class ByTheBatch(Fine):
    def by(self, codec, batch, terms):
        return 0.1 * terms.loss.detach().mean().abs()


class ByChance(Fine):
    def by(self, codec, batch, terms):
        return torch.rand(())


class UnusedParameter(Fine):
    def __init__(self, *parts):
        super().__init__(*parts)
        self.unused = nn.Parameter(torch.zeros(1))


class AboveTheLikelihood(Fine):
    def by(self, codec, batch, terms):
        return -10.0


class SinglePrecision(Fine):
    def forward(self, codec, batch, noise, progress):
        terms = super().forward(codec, batch, noise, progress)
        return dataclasses.replace(terms, loss=terms.loss.float())


class HalfPrecision(Fine):
    def forward(self, codec, batch, noise, progress):
        terms = super().forward(codec, batch, noise, progress)
        half = torch.is_autocast_enabled("cpu")
        return dataclasses.replace(terms, loss=terms.loss.bfloat16() if half else terms.loss)


class HidesItsShift(Fine):
    def __init__(self, *parts):
        super().__init__(*parts)
        self.hidden = torch.rand(())

    def by(self, codec, batch, terms):
        return self.hidden


class HoldsAFunction(Fine):
    def __init__(self, *parts):
        super().__init__(*parts)
        self.function = lambda x: x


class Doubles(Aggregator):
    """A posterior of twice as many numbers."""

    def forward(self, experts):
        q = ProductOfExperts()(experts)
        return Gaussian(q.loc.repeat(1, 2), q.logvar.repeat(1, 2))


def method_of(objective, inference=None):
    def make(context):
        ones = dict.fromkeys(context.modalities, 1.0)
        posterior = Fusion(ProductOfExperts(), list(ones.values()))
        made = objective(posterior, TermWeights(1.0, ones, ones), StyleTraining(0.0, 1.0))
        other = None if inference is None else Fusion(inference, list(ones.values()))
        return Method(made, other or posterior)

    return make


RIGGED = {
    "loss-of-rows": method_of(TermsOfTheBatch),
    "any-number": method_of(NeedsTwo),
    "without-styles": method_of(NeedsAStyle),
    "absent-values": method_of(ReadsAbsentValues),
    "absent-encoder": method_of(ReachesAbsentEncoders),
    "subset": method_of(CountsColumns),
    "order-of-modalities": method_of(FirstCountsMore),
    "rows-apart": method_of(ByTheBatch),
    "same-noise": method_of(ByChance),
    "gradients": method_of(UnusedParameter),
    "infers": method_of(Fine, Doubles()),
    "bound": method_of(AboveTheLikelihood),
    "float64": method_of(SinglePrecision),
    "autocast": method_of(HalfPrecision),
    "saving": method_of(HidesItsShift),
    "sent-to-worker": method_of(HoldsAFunction),
}
CHECKS = kit_of("method").checks


def report_of(make):
    return run("method", "rigged", CHECKS, lambda: MethodCase(make))


def test_one_that_keeps_every_promise_passes_every_check():
    report = report_of(method_of(Fine))
    assert report.ok, report.text()
    assert len(report.having("passed")) == len(RIGGED)


@pytest.mark.parametrize("name", RIGGED)
def test_one_that_breaks_one_promise_fails_that_check_alone(name):
    report = report_of(RIGGED[name])
    assert [outcome.check for outcome in report.having("failed")] == [name], report.text()


def test_an_objective_is_held_to_the_same_and_declares_no_bound():
    report = check_objective(lambda c: Fine(c.posterior, c.weights, c.styles))
    assert "bound" in [outcome.check for outcome in report.having("skipped")]
    assert len(report.having("passed")) == len(RIGGED) - 1


def test_every_check_has_been_seen_failing():
    planned = {check.name for check in CHECKS}
    assert planned == {check.name for check in COMPONENT_CHECKS} | RIGGED.keys()
