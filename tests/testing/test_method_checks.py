"""Each check of a method is seen failing: one that keeps every promise, and planted faults."""

import dataclasses

import pytest
import torch
from support.faults import cases, claimed, planned, report_of, require_caught
from torch import nn

from mmcore.aggregators import Aggregator, ProductOfExperts
from mmcore.distributions import Gaussian
from mmcore.fusion import Fusion
from mmcore.methods.base import Method
from mmcore.objectives import Elbo, Objective, StyleTraining, TermWeights
from mmcore.testing import check_method, check_objective
from mmcore.testing.checks.trial import MethodCase


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
        built = objective(posterior, TermWeights(1.0, ones, ones), StyleTraining(0.0, 1.0))
        other = None if inference is None else Fusion(inference(), list(ones.values()))
        return Method(built, other or posterior)

    return make


class NoTermOfOne(Fine):
    def forward(self, codec, batch, noise, progress):
        terms = super().forward(codec, batch, noise, progress)
        first = codec.names[0]
        return dataclasses.replace(terms, nll={n: x for n, x in terms.nll.items() if n != first})


class OneLoss(Fine):
    def forward(self, codec, batch, noise, progress):
        terms = super().forward(codec, batch, noise, progress)
        return dataclasses.replace(terms, loss=terms.loss.mean())


class AtMostThree(Fine):
    def by(self, codec, batch, terms):
        return 0.0 if len(codec.names) <= 3 else float("nan")


class LikelihoodOfAbsent(Fine):
    def forward(self, codec, batch, noise, progress):
        terms = super().forward(codec, batch, noise, progress)
        return dataclasses.replace(terms, nll={n: x + 1.0 for n, x in terms.nll.items()})


class ByPlaceInTheBatch(Fine):
    def by(self, codec, batch, terms):
        return 0.1 * terms.loss.detach()[-1].abs()


class DetachedEncoders(Fine):
    def forward(self, codec, batch, noise, progress):
        terms = super().forward(codec, batch, noise, progress)
        return dataclasses.replace(terms, loss=sum(terms.nll.values()).detach() + 0 * terms.loss)


class NoDivergence(Fine):
    def forward(self, codec, batch, noise, progress):
        terms = super().forward(codec, batch, noise, progress)
        return dataclasses.replace(terms, loss=sum(terms.nll.values()))


class HoldsAGenerator(Fine):
    def __init__(self, *parts):
        super().__init__(*parts)
        self.numbers = (number for number in range(3))


class NotANumber(Aggregator):
    """A posterior that is not a number where there is one expert only."""

    def forward(self, experts):
        q = ProductOfExperts()(experts)
        alone = (experts.present.sum(0) == 1).unsqueeze(1)
        return Gaussian(q.loc.masked_fill(alone, float("nan")), q.logvar)


def named(objective, inference=None):
    make = method_of(objective, inference)
    make.__name__ = (inference or objective).__name__
    return make


FAULTS = [
    (named(TermsOfTheBatch), "loss-of-rows"),
    (named(NoTermOfOne), "loss-of-rows"),
    (named(OneLoss), "loss-of-rows", ...),
    (named(NeedsTwo), "any-number"),
    (named(AtMostThree), "any-number"),
    (named(NeedsAStyle), "without-styles"),
    (named(ReadsAbsentValues), "absent-values"),
    (named(ReachesAbsentEncoders), "absent-encoder"),
    (named(LikelihoodOfAbsent), "absent-encoder"),
    (named(CountsColumns), "subset"),
    (named(FirstCountsMore), "order-of-modalities"),
    (named(ByTheBatch), "rows-apart"),
    (named(ByPlaceInTheBatch), "rows-apart"),
    (named(ByChance), "same-noise"),
    (named(UnusedParameter), "gradients"),
    (named(DetachedEncoders), "gradients", ...),
    (named(Fine, Doubles), "infers"),
    (named(Fine, NotANumber), "infers"),
    (named(AboveTheLikelihood), "bound"),
    (named(NoDivergence), "bound", ...),
    (named(SinglePrecision), "float64"),
    (named(HalfPrecision), "autocast"),
    (named(HidesItsShift), "saving"),
    (named(HoldsAFunction), "sent-to-worker"),
    (named(HoldsAGenerator), "sent-to-worker"),
]


def test_a_method_that_keeps_every_promise_passes_every_check():
    report = check_method(method_of(Fine))
    assert {outcome.check for outcome in report.having("passed")} == planned("method")


@pytest.mark.parametrize(("fault", "checks"), cases(FAULTS))
def test_a_planted_fault_is_caught_by_its_check(fault, checks):
    require_caught(report_of("method", MethodCase(fault), checks), checks)


def test_an_objective_has_the_same_checks_and_declares_no_bound():
    report = check_objective(lambda c: Fine(c.posterior, c.weights, c.styles))
    assert "bound" in [outcome.check for outcome in report.having("skipped")]
    assert len(report.having("passed")) == len(planned("method")) - 1


def test_every_check_has_been_seen_failing():
    assert claimed(FAULTS) == planned("method")
