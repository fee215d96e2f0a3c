"""A density that is not normalized is found, whatever the size of its event."""

import pytest
import torch
from torch import nn
from torch.distributions import (
    Bernoulli,
    ContinuousBernoulli,
    Distribution,
    Independent,
    Laplace,
    Normal,
    OneHotCategorical,
    Poisson,
    constraints,
)

from mmcore.likelihoods import CategoricalSequence, FixedLaplace
from mmcore.modality import Modality
from mmcore.nn import PosteriorHead
from mmcore.testing.check import NonConformance, NotApplicable, Unchecked
from mmcore.testing.checks.cases import ModalityCase
from mmcore.testing.checks.likelihood import LIKELIHOOD_CHECKS
from mmcore.testing.running import run

CHECKS = {check.name: check for check in LIKELIHOOD_CHECKS}


class Decoded(Modality):
    """A linear decoder to the parameters of a likelihood."""

    def __init__(self, context, shape, likelihood, numbers=None):
        super().__init__()
        self.shape, self.likelihood = torch.Size(shape), likelihood
        numbers = numbers or self.shape.numel()
        self.encoder = PosteriorHead(self.shape.numel(), context.content_dim, context.style_dim)
        self.decoder = nn.Linear(context.latent_dim, numbers)

    @property
    def event_shape(self):
        return self.shape

    def encode(self, x):
        return self.encoder(x.flatten(1).to(self.decoder.weight.dtype))

    def decode(self, content, style):
        return self.likelihood(self.decoder(torch.cat([content, style], -1)))


def verdict(check, shape, likelihood, numbers=None):
    """Return None if the check passes, else what it raises."""
    try:
        CHECKS[check](ModalityCase(lambda context: Decoded(context, shape, likelihood, numbers)))
    except (NonConformance, NotApplicable) as raised:
        return type(raised)
    return None


def each(distribution, dims=1):
    return lambda out: Independent(distribution(out), dims, validate_args=False)


def sequence(out):
    return CategoricalSequence(out.reshape(len(out), 4, -1))


NORMALIZED = {
    "bernoulli": (81, each(lambda out: Bernoulli(logits=out, validate_args=False)), None),
    "categories": (81, sequence, 324),
    "one of many": (81, lambda out: OneHotCategorical(logits=out, validate_args=False), None),
    "poisson": (3, each(lambda out: Poisson(out.exp(), validate_args=False)), None),
    "normal": (6, each(lambda out: Normal(out, 0.7, validate_args=False)), None),
    "large normal": (784, each(lambda out: Normal(out, 0.7, validate_args=False)), None),
    "large laplace": (784, lambda out: FixedLaplace(out, 0.75), None),
    "narrow laplace": (200, each(lambda out: Laplace(out, 0.05, validate_args=False)), None),
    "larger laplace": (6000, lambda out: FixedLaplace(out, 0.75), None),
    "shares": (200, each(lambda out: ContinuousBernoulli(logits=out, validate_args=False)), None),
}


@pytest.mark.parametrize("name", NORMALIZED)
def test_a_normalized_density_of_any_size_passes(name):
    size, likelihood, numbers = NORMALIZED[name]
    for check in ("normalization", "score"):
        assert verdict(check, (size,), likelihood, numbers) is None


class Moved(Distribution):
    """A likelihood whose log density is changed by ``by(value)``."""

    arg_constraints = {}  # noqa: RUF012

    def __init__(self, base, by):
        self.base, self.by = base, by
        super().__init__(base.batch_shape, base.event_shape, validate_args=False)

    support = property(lambda self: self.base.support)
    mode = property(lambda self: self.base.mode)

    def sample(self, sample_shape=()):
        return self.base.sample(torch.Size(sample_shape))

    def log_prob(self, value):
        return self.base.log_prob(value) + self.by(value)


@pytest.mark.parametrize("off", [0.5, -0.5])
@pytest.mark.parametrize("name", [name for name in NORMALIZED if name != "one of many"])
def test_a_constant_too_much_or_too_little_is_found(name, off):
    size, likelihood, numbers = NORMALIZED[name]
    off = off * max(1, size / 1000)
    actual = verdict(
        "normalization", (size,), lambda out: Moved(likelihood(out), lambda x: off), numbers
    )
    assert actual is NonConformance


def logits_without_normalizer(out):
    base = Independent(Bernoulli(logits=out, validate_args=False), 1, validate_args=False)
    return Moved(base, lambda x: torch.nn.functional.softplus(out).sum(-1))


@pytest.mark.parametrize("size", [4, 81, 784])
def test_logits_without_a_normalizer_are_found_by_both_checks(size):
    assert verdict("normalization", (size,), logits_without_normalizer) is NonConformance
    assert verdict("score", (size,), logits_without_normalizer) is NonConformance


class _Symmetric(constraints.Constraint):
    """Symmetric matrices of 0 and 1 with an empty diagonal."""

    is_discrete = True
    event_dim = 2

    def check(self, value):
        binary = ((value == 0) | (value == 1)).flatten(-2).all(-1)
        same = (value == value.mT).flatten(-2).all(-1)
        return binary & same & (value.diagonal(dim1=-2, dim2=-1) == 0).all(-1)


class Graph(Distribution):
    """Independent edges of an undirected graph; one edge for each pair of nodes."""

    arg_constraints = {}  # noqa: RUF012
    support = _Symmetric()
    few = True

    def __init__(self, logits):
        self.logits = logits
        self.nodes = round(logits.shape[1] ** 0.5)
        self.pairs = torch.triu_indices(self.nodes, self.nodes, 1)
        super().__init__(logits.shape[:1], (self.nodes, self.nodes), validate_args=False)

    @property
    def has_enumerate_support(self):
        return self.few and self.nodes <= 4

    @property
    def edges(self):
        chosen = self.logits.unflatten(1, (self.nodes, self.nodes))[:, *self.pairs]
        return Bernoulli(logits=chosen, validate_args=False)

    @property
    def mode(self):
        return self.matrix((self.edges.logits > 0).to(self.logits.dtype))

    def matrix(self, edges):
        value = edges.new_zeros(*edges.shape[:-1], self.nodes, self.nodes)
        value[..., *self.pairs] = edges
        return value + value.mT

    def sample(self, sample_shape=()):
        return self.matrix(self.edges.sample(torch.Size(sample_shape)))

    def enumerate_support(self, expand=True):
        count = self.pairs.shape[1]
        edges = torch.cartesian_prod(*[torch.arange(2.0)] * count).reshape(-1, count)
        return self.matrix(edges.to(self.logits.dtype)).unsqueeze(1)

    def log_prob(self, value):
        return self.edges.log_prob(value[..., *self.pairs]).sum(-1)


class EdgesTwice(Graph):
    """Every entry counts, as if the two entries of an edge were independent."""

    def log_prob(self, value):
        return 2 * super().log_prob(value)


class Unnormalized(Graph):
    def log_prob(self, value):
        return (value[..., *self.pairs] * self.edges.logits).sum(-1)


@pytest.mark.parametrize(("nodes", "expected"), [(3, None), (9, NotApplicable)])
def test_a_support_with_constraints_is_respected(nodes, expected):
    for check in ("draws-in-support", "score"):
        assert verdict(check, (nodes, nodes), Graph) is None
    assert verdict("normalization", (nodes, nodes), Graph) is expected


@pytest.mark.parametrize(
    ("nodes", "likelihood"),
    [(3, EdgesTwice), (4, EdgesTwice), (3, Unnormalized), (9, Unnormalized), (20, Unnormalized)],
)
def test_a_constrained_density_that_is_not_normalized_is_found(nodes, likelihood):
    actual = {verdict(check, (nodes, nodes), likelihood) for check in ("normalization", "score")}
    assert NonConformance in actual


class Chain(Distribution):
    """Binary numbers, each of which depends on the one before it."""

    arg_constraints = {}  # noqa: RUF012
    support = constraints.boolean

    def __init__(self, logits, total=0.0):
        self.logits, self.total = logits, total
        super().__init__(logits.shape[:1], logits.shape[1:], validate_args=False)

    @property
    def mode(self):
        return torch.zeros_like(self.logits)

    def sample(self, sample_shape=()):
        value = self.logits.new_zeros(*sample_shape, *self.logits.shape)
        for place in range(value.shape[-1]):
            before = value[..., place - 1] if place else 0.0
            chance = (self.logits[..., place] + 2 * before).sigmoid()
            value[..., place] = (torch.rand_like(chance.expand(value.shape[:-1])) < chance).to(
                value
            )
        return value

    def log_prob(self, value):
        before = torch.cat([torch.zeros_like(value[..., :1]), value[..., :-1]], -1)
        logits = self.logits + 2 * before
        return Bernoulli(logits=logits, validate_args=False).log_prob(value).sum(-1) + self.total


def test_numbers_that_depend_on_one_another_are_summed_over_where_they_are_few():
    assert verdict("normalization", (5,), Chain) is None
    assert verdict("normalization", (5,), lambda out: Chain(out, -0.3)) is NonConformance
    assert verdict("normalization", (40,), Chain) is NotApplicable
    assert verdict("score", (40,), Chain) is None
    too_much = lambda out: Chain(out, torch.nn.functional.softplus(out).sum(-1))  # noqa: E731
    assert verdict("score", (40,), too_much) is NonConformance


def test_a_discrete_density_above_one_is_found():
    assert verdict("normalization", (40,), lambda out: Chain(out, 100.0)) is NonConformance


def test_a_density_that_cannot_be_checked_is_called_unchecked():
    def detached(out):
        return Chain(out.detach())

    assert verdict("normalization", (40,), detached) is Unchecked
    case = ModalityCase(lambda context: Decoded(context, (40,), detached))
    report = run("modality", "chain", LIKELIHOOD_CHECKS, lambda: case)
    assert report.verdict == "ok, normalization unchecked"
    assert "ok, normalization unchecked; 6 checks planned" in report.text()
    assert report.to_json()["verdict"] == "ok, normalization unchecked"
