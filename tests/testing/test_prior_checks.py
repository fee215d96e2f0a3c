"""Each check of a prior is seen failing: a prior that keeps every promise, and planted faults."""

import random
from dataclasses import replace

import pytest
import torch
from support.faults import cases, claimed, planned, report_of, require_caught
from torch import nn

from mmcore.distributions import Gaussian
from mmcore.noise import Noise
from mmcore.priors import ConditionalPrior, Prior
from mmcore.testing import check_prior
from mmcore.testing.checks.prior_density import PriorCase


class Fine(Prior):
    """A diagonal Gaussian with learned mean and scale."""

    def __init__(self, context):
        super().__init__()
        self.dims = context.style_dim if context.name else context.content_dim
        self.loc = nn.Parameter(torch.linspace(-0.5, 0.5, self.dims))
        self.logvar = nn.Parameter(torch.zeros(self.dims))

    def sample(self, noise, stream, *draws):
        return self.loc + (0.5 * self.logvar).exp() * noise.normal(stream, *draws, self.dims)

    def log_prob(self, z):
        return Gaussian(self.loc, self.logvar).log_prob(z)

    def gaussian(self):
        return Gaussian(self.loc, self.logvar)


class Plain(Fine):
    """The same prior, without closed forms."""

    def gaussian(self):
        return None


class DrawsBeforeRows(Fine):
    def sample(self, noise, stream, *draws):
        return super().sample(noise, stream, *draws).movedim(0, -2)


class OneDrawTooMany(Fine):
    def sample(self, noise, stream, *draws):
        return super().sample(noise, stream, *(draws or (1,)))


class KeepsTheDimension(Plain):
    def log_prob(self, z):
        return super().log_prob(z).unsqueeze(-1)


class SumsOverRows(Plain):
    def log_prob(self, z):
        return super().log_prob(z).sum(-1)


class AlwaysOfTheContent(Fine):
    def __init__(self, context):
        super().__init__(replace(context, name=""))


class NeedsAStyle(Fine):
    def __init__(self, context):
        super().__init__(context)
        assert self.dims


class NotNormalized(Plain):
    def log_prob(self, z):
        return super().log_prob(z) + 0.1 * bool(self.dims)


class ForgetsTheConstant(Plain):
    def log_prob(self, z):
        return -0.5 * ((z - self.loc) ** 2 / self.logvar.exp() + self.logvar).sum(-1)


class ForgetsTheScale(Plain):
    """Right where the scale is one, as it is at the start."""

    def log_prob(self, z):
        return super().log_prob(z) + 0.5 * self.logvar.sum()


class WideDraws(Plain):
    def sample(self, noise, stream, *draws):
        return 1.3 * (super().sample(noise, stream, *draws) - self.loc) + self.loc


class ShiftedDraws(Plain):
    def sample(self, noise, stream, *draws):
        return super().sample(noise, stream, *draws) + 0.3


class OtherMean(Fine):
    @property
    def mean(self):
        return self.loc + 0.3


class MeanOfOneNumber(Fine):
    @property
    def mean(self):
        return self.loc.mean()


class OtherGaussian(Plain):
    def gaussian(self):
        return Gaussian(self.loc, self.logvar + 0.3)


class GaussianOfAllRows(Fine):
    def gaussian(self):
        return Gaussian(self.loc.expand(4, -1), self.logvar.expand(4, -1))

    @property
    def mean(self):
        return self.loc

    def kl(self, q, z):
        return q.log_prob(z) - self.log_prob(z)


class ReversedDivergence(Fine):
    def gaussian_kl(self, q):
        p = self.gaussian()
        return Prior.gaussian_kl(
            _Of(q), Gaussian(p.loc.expand_as(q.loc), p.logvar.expand_as(q.loc))
        )


class _Of:
    def __init__(self, q):
        self.q = q

    def gaussian(self):
        return self.q


class DetachedDivergence(Fine):
    def gaussian_kl(self, q):
        return super().gaussian_kl(Gaussian(q.loc, q.logvar.detach()))


class DivergenceOfTheMean(Fine):
    def gaussian_kl(self, q):
        total = super().gaussian_kl(q)
        return total.mean(0).expand_as(total) if total.dim() == 2 else total


class ByChance(Fine):
    def sample(self, noise, stream, *draws):
        return super().sample(noise, stream, *draws) + 0.01 * torch.randn(())


class SameAtEveryStep(Fine):
    def sample(self, noise, stream, *draws):
        return super().sample(replace(noise, step=0), stream, *draws)


class SameInEveryStream(Fine):
    def sample(self, noise, stream, *draws):
        return super().sample(noise, "z", *draws)


class SameUnderEveryName(Fine):
    def sample(self, noise, stream, *draws):
        return super().sample(replace(noise, path=""), stream, *draws)


class IgnoresProcesses(Fine):
    def sample(self, noise, stream, *draws):
        rows = len(range(noise.rank, noise.rows, noise.world))
        return super().sample(Noise(rows, noise.seed, noise.step, path=noise.path), stream, *draws)


class RowsInPairs(Fine):
    def sample(self, noise, stream, *draws):
        z = super().sample(noise, stream, *draws)
        return z[torch.arange(len(z)) // 2 * 2] if len(z) > 1000 else z


class OneDrawForAll(Fine):
    def sample(self, noise, stream, *draws):
        z = super().sample(noise, stream, *draws)
        return z[:, :1].expand_as(z) if draws == (2,) else z


class ByTheBatch(Plain):
    def log_prob(self, z):
        return super().log_prob(z) + 0.01 * (z - z.mean(-2, keepdim=True)).sum(-1)


class NoisyDensity(Fine):
    def log_prob(self, z):
        return super().log_prob(z) + 1e-6 * torch.randn((), dtype=z.dtype)


class SeededElsewhere(Fine):
    def __init__(self, context):
        super().__init__(context)
        nn.init.constant_(self.loc, random.random())


class UnusedParameter(Fine):
    def __init__(self, context):
        super().__init__(context)
        self.unused = nn.Parameter(torch.zeros(1))


class DetachedPoints(Plain):
    def log_prob(self, z):
        return super().log_prob(z.detach())


class HoldsATensor(Fine):
    def __init__(self, context):
        super().__init__(context)
        self.two = torch.tensor(2.0)


class HidesItsMean(Fine):
    def __init__(self, context):
        super().__init__(context)
        self.register_buffer("hidden", torch.randn(self.dims), persistent=False)

    def sample(self, noise, stream, *draws):
        return super().sample(noise, stream, *draws) + self.hidden

    def log_prob(self, z):
        return super().log_prob(z - self.hidden)

    def gaussian(self):
        return Gaussian(self.loc + self.hidden, self.logvar)


class HoldsAFunction(Fine):
    def __init__(self, context):
        super().__init__(context)
        self.function = lambda z: z


class SinglePrecision(Plain):
    def log_prob(self, z):
        return super().log_prob(z).float()


class OnlyInterpreted(Fine):
    def log_prob(self, z):
        return super().log_prob(z) + (1.0 if torch.compiler.is_compiling() else 0.0)


class FitsElsewhere(Fine):
    def fit(self, draws, held_out, noise):
        self.loc.data.copy_(draws.mean(0) + 3.0)


class FitsByChance(Fine):
    def fit(self, draws, held_out, noise):
        self.loc.data.copy_(draws.mean(0) + 0.01 * torch.randn(self.dims))


class KeepsItsFit(Plain):
    def fit(self, draws, held_out, noise):
        self.loc = nn.Parameter(draws.mean(0, keepdim=True))


class Given(ConditionalPrior):
    """A Gaussian whose mean is linear in the given values."""

    def __init__(self, context):
        super().__init__()
        self.dims = context.own_dim
        if context.given_dim:
            self.weight = nn.Parameter(torch.full((self.dims, context.given_dim), 0.1))
        self.logvar = nn.Parameter(torch.zeros(self.dims))

    def loc(self, given):
        return 0.0 if given is None else given @ self.weight.T

    def sample(self, noise, stream, *draws, given=None):
        eps = noise.normal(stream, *draws, self.dims) * (0.5 * self.logvar).exp()
        loc = self.loc(given)
        return eps if given is None else eps + loc.reshape(len(loc), *[1] * len(draws), -1)

    def log_prob(self, z, given=None):
        return Gaussian(self.loc(given), self.logvar).log_prob(z)

    def fit(self, draws, held_out, noise):
        z, given = draws.split([self.dims, draws.shape[1] - self.dims], -1)
        if given.shape[1]:
            self.weight.data.copy_(torch.linalg.lstsq(given, z).solution.T)
            z = z - self.loc(given)
        self.logvar.data.copy_((z**2).mean(0).log())


class GivenByTheBatch(Given):
    def loc(self, given):
        return 0.0 if given is None else super().loc(given) - super().loc(given).mean(0)


class IgnoresGivenValues(Given):
    def loc(self, given):
        return super().loc(None if given is None else 0 * given)


class FitsOtherValues(Given):
    def fit(self, draws, held_out, noise):
        super().fit(
            torch.cat([draws[:, : self.dims], draws[:, self.dims :].flip(0)], 1), None, noise
        )


FAULTS = [
    (DrawsBeforeRows, "draws-have-shape", "density-has-shape", "processes", "rows-are-independent"),
    (OneDrawTooMany, "draws-have-shape", ...),
    (KeepsTheDimension, "density-has-shape", ...),
    (SumsOverRows, "density-has-shape", ...),
    (AlwaysOfTheContent, "size-of-content-or-style", "without-style"),
    (NeedsAStyle, "without-style"),
    (NotNormalized, "normalization"),
    (ForgetsTheConstant, "normalization"),
    (ForgetsTheScale, "score"),
    (WideDraws, "draws-follow-density", "score"),
    (ShiftedDraws, "draws-follow-density", "score", "mean"),
    (OtherMean, "mean"),
    (MeanOfOneNumber, "mean"),
    (OtherGaussian, "gaussian", "divergence"),
    (GaussianOfAllRows, "gaussian"),
    (ReversedDivergence, "divergence"),
    (DetachedDivergence, "divergence"),
    (DivergenceOfTheMean, "divergence-of-stacks"),
    (ByChance, "draws-from-noise", "processes", "saving", "sent-to-worker"),
    (SameAtEveryStep, "draws-from-noise", "score"),
    (SameInEveryStream, "draws-from-noise"),
    (SameUnderEveryName, "draws-from-noise"),
    (IgnoresProcesses, "processes"),
    (RowsInPairs, "rows-are-independent"),
    (OneDrawForAll, "rows-are-independent"),
    (ByTheBatch, "rows-apart"),
    (NoisyDensity, "repeatable", "gaussian", "rows-apart"),
    (SeededElsewhere, "seeded-weights"),
    (UnusedParameter, "gradients"),
    (DetachedPoints, "gradients"),
    (HoldsATensor, "moves-to-a-device"),
    (HidesItsMean, "saving"),
    (HoldsAFunction, "sent-to-worker"),
    (SinglePrecision, "float64"),
    (OnlyInterpreted, "compiles"),
    (FitsElsewhere, "fits-draws"),
    (FitsByChance, "fits-repeatably"),
    (KeepsItsFit, "saves-a-fit"),
    (GivenByTheBatch, "given-values"),
    (IgnoresGivenValues, "given-values"),
    (FitsOtherValues, "fits-given-values"),
]


@pytest.mark.parametrize(
    "make", [Plain, *(pytest.param(m, marks=pytest.mark.slow) for m in (Fine, Given))]
)
def test_a_prior_that_keeps_every_promise_passes_every_check(make):
    assert check_prior(make).ok


@pytest.mark.parametrize(("fault", "checks"), cases(FAULTS))
def test_a_planted_fault_is_caught_by_its_check(fault, checks):
    require_caught(report_of("prior", PriorCase(fault), checks), checks)


def test_every_check_has_been_seen_failing():
    assert claimed(FAULTS) == planned("prior")
