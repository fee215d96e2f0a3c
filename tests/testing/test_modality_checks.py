"""Each check of a modality and a data set is seen failing: a modality that keeps every promise, and
one for each promise that breaks it and no other."""

import random

import pytest
import torch
from torch import nn
from torch.distributions import Distribution, Independent, Normal

from mmcore.data import FilesMissing, View
from mmcore.distributions import Gaussian
from mmcore.modality import Classifier, Modality, Posterior
from mmcore.nn import PosteriorHead
from mmcore.testing import kit_of
from mmcore.testing.checks.cases import DatasetCase, ModalityCase
from mmcore.testing.checks.component import COMPONENT_CHECKS
from mmcore.testing.running import run
from mmcore.testing.vectors import VectorData

FEATURES = 6


class Fine(Modality):
    def __init__(self, context):
        super().__init__()
        self.style_dim = context.style_dim
        self.encoder = PosteriorHead(FEATURES, context.content_dim, context.style_dim)
        self.decoder = nn.Linear(context.latent_dim, FEATURES)

    @property
    def event_shape(self):
        return torch.Size((FEATURES,))

    def encode(self, x):
        return self.encoder(x)

    def decode(self, content, style):
        loc = self.decoder(torch.cat([content, style], -1)).to(content.dtype)
        return Independent(Normal(loc, 0.7, validate_args=False), 1, validate_args=False)

    def render(self, x):
        return x.sigmoid().reshape(-1, 1, 2, 3).expand(-1, 3, -1, -1)

    def classifier(self, classes):
        return Classifier(nn.Identity(), nn.Linear(FEATURES, classes))


class Wrapped(Distribution):
    """A likelihood, one of whose methods a subclass may get wrong."""

    arg_constraints = {}  # noqa: RUF012

    def __init__(self, base):
        self.base = base
        super().__init__(base.batch_shape, base.event_shape, validate_args=False)

    support = property(lambda self: self.base.support)
    mean = property(lambda self: self.base.mean)
    mode = property(lambda self: self.base.mode)
    variance = property(lambda self: self.base.variance)

    def sample(self, sample_shape=()):
        return self.base.sample(torch.Size(sample_shape))

    def log_prob(self, value):
        return self.base.log_prob(value)


class OtherBatchShape(Wrapped):
    batch_shape = property(lambda self: torch.Size(()))

    def __init__(self, base):
        self.base = base
        self._event_shape = base.event_shape


class InfiniteOnDraws(Wrapped):
    def sample(self, sample_shape=()):
        return (super().sample(sample_shape) * 8).round() / 8

    def log_prob(self, value):
        drawn = (value * 8 == (value * 8).round()).all(-1)
        return super().log_prob(value).masked_fill(drawn, float("inf"))


class DrawsOfOtherShape(Wrapped):
    def sample(self, sample_shape=()):
        drawn = super().sample(sample_shape)
        return drawn if sample_shape else drawn[..., :1]


class NotNormalised(Wrapped):
    def log_prob(self, value):
        return super().log_prob(value) + 0.5


class DrawsBesideTheMean(Wrapped):
    def sample(self, sample_shape=()):
        return super().sample(sample_shape) + 0.5


class Several(Fine):
    """The likelihood of several rows is what a subclass says."""

    kind = Wrapped

    def decode(self, content, style):
        right = super().decode(content, style)
        return self.kind(right) if len(content) > 1 and style.shape[1] else right


class DeclaresOtherBatchShape(Several):
    kind = OtherBatchShape


class InfiniteOnItsDraws(Several):
    kind = InfiniteOnDraws


class DrawsOtherShape(Several):
    kind = DrawsOfOtherShape


class Unnormalization(Fine):
    def decode(self, content, style):
        return NotNormalised(super().decode(content, style))


class DrawsBeside(Fine):
    def decode(self, content, style):
        return DrawsBesideTheMean(super().decode(content, style))


class LosesNumbers(Fine):
    def encode(self, x):
        q = super().encode(x)
        logvar = q.style.logvar[:, :1] if len(x) > 1 else q.style.logvar
        return Posterior(q.content, Gaussian(q.style.loc, logvar))


class Squeezes(Fine):
    def encode(self, x):
        q = super().encode(x)
        return Posterior(Gaussian(q.content.loc, q.content.logvar.squeeze(0)), q.style)


class NeedsAStyle(Fine):
    def __init__(self, context):
        super().__init__(context)
        assert context.style_dim


class PreparesTwice(Fine):
    def prepare(self, raw):
        return raw / 2


class Shifted(Fine):
    """The content is moved by what a subclass says."""

    def by(self, x):
        return torch.zeros(())

    def encode(self, x):
        q = super().encode(x)
        return Posterior(Gaussian(q.content.loc + self.by(x), q.content.logvar), q.style)


class ByTheBatch(Shifted):
    def by(self, x):
        return x.mean()


class ByChance(Shifted):
    def by(self, x):
        return torch.randn((), dtype=x.dtype)


class ByItsLength(Shifted):
    """The root of zero has an infinite slope."""

    def __init__(self, context):
        super().__init__(context)
        self.scale = nn.Parameter(torch.ones(1))

    def by(self, x):
        return (self.scale * x).square().sum(-1, keepdim=True).sqrt()


class ByWhatNoFileHolds(Shifted):
    def __init__(self, context):
        super().__init__(context)
        self.hidden = torch.rand(())

    def by(self, x):
        return self.hidden


class OnlyInterpreted(Shifted):
    def by(self, x):
        return torch.ones(()) if torch.compiler.is_compiling() else torch.zeros(())


class SeededElsewhere(Fine):
    def __init__(self, context):
        super().__init__(context)
        nn.init.constant_(self.decoder.bias, random.random())


class UnusedParameter(Fine):
    def __init__(self, context):
        super().__init__(context)
        self.unused = nn.Parameter(torch.zeros(1))


class SinglePrecision(Fine):
    def encode(self, x):
        q = super().encode(x)
        return Posterior(Gaussian(q.content.loc.float(), q.content.logvar), q.style)


class HalfPrecision(Fine):
    def encode(self, x):
        q = super().encode(x)
        kind = torch.bfloat16 if torch.is_autocast_enabled("cpu") else x.dtype
        return Posterior(Gaussian(q.content.loc, q.content.logvar.to(kind)), q.style)


class HoldsAFunction(Fine):
    def __init__(self, context):
        super().__init__(context)
        self.activation = lambda x: x


class TooBright(Fine):
    def render(self, x):
        return super().render(x) * 3


class OneClassTooMany(Fine):
    def classifier(self, classes):
        return super().classifier(classes + 1)


class Changed(View):
    """A view, the values of which a subclass changes."""

    def __init__(self, view):
        self.view = view

    def __len__(self):
        return len(self.view)

    @property
    def labels(self):
        return self.view.labels

    def fetch(self, indices, noise):
        return self.view.fetch(indices, noise) + self.by(indices)

    def by(self, indices):
        return 0.0


class ChangedByChance(Changed):
    def by(self, indices):
        return torch.randn(())


class ChangedByNeighbours(Changed):
    def by(self, indices):
        return indices.float().mean()


class ChangedByAFunction(Changed):
    def __init__(self, view):
        super().__init__(view)
        self.by = lambda indices: 0.0


class FloatLabels(Changed):
    @property
    def labels(self):
        return self.view.labels.float()


class Counts(Changed):
    times = 0

    def __init__(self, view):
        super().__init__(view)
        Counts.times += 1
        self.time = Counts.times

    def by(self, indices):
        return self.time


def rigged_data(kind):
    class Rigged(VectorData):
        def sample(self, split):
            return kind(super().sample(split))

    return Rigged


class FileNotFound(VectorData):
    def load(self, root, split):
        try:
            return super().load(root, split)
        except FilesMissing as missing:
            raise FileNotFoundError(str(missing)) from missing


MODALITIES = {
    "encodes": LosesNumbers,
    "decodes": DeclaresOtherBatchShape,
    "one-row": Squeezes,
    "without-style": NeedsAStyle,
    "prepare": PreparesTwice,
    "rows-apart": ByTheBatch,
    "repeatable": ByChance,
    "seeded-weights": SeededElsewhere,
    "gradients": UnusedParameter,
    "absent-rows": ByItsLength,
    "saving": ByWhatNoFileHolds,
    "float64": SinglePrecision,
    "autocast": HalfPrecision,
    "compiles": OnlyInterpreted,
    "sent-to-worker": HoldsAFunction,
    "render": TooBright,
    "classifier": OneClassTooMany,
    "log-prob-is-finite": InfiniteOnItsDraws,
    "draws-in-support": DrawsOtherShape,
    "normalization": NotNormalizedAtAll,
    "draws-follow-density": DrawsBeside,
}
DATASETS = {
    "sample-repeats": rigged_data(Counts),
    "sample-has-labels": rigged_data(FloatLabels),
    "fetch-is-pure": rigged_data(ChangedByChance),
    "fetch-keeps-rows-apart": rigged_data(ChangedByNeighbours),
    "missing-files-are-told": FileNotFound,
    "view-sent-to-worker": rigged_data(ChangedByAFunction),
}

ANY = {check.name for check in COMPONENT_CHECKS}


def report_of(kind, case):
    kit = kit_of(kind)
    return run(kind, "rigged", kit.checks, lambda: case)


def failed(report):
    return [outcome.check for outcome in report.having("failed")]


def modality(make=Fine, data=VectorData):
    return ModalityCase(make, DatasetCase(data))


def test_a_modality_that_keeps_every_promise_passes_every_check():
    report = report_of("modality", modality())
    assert report.ok, report.text()
    assert {outcome.check for outcome in report.having("skipped")} == ANY


@pytest.mark.parametrize("name", MODALITIES)
def test_a_modality_that_breaks_one_promise_fails_that_check_alone(name):
    report = report_of("modality", modality(MODALITIES[name]))
    assert failed(report) == [name], report.text()


@pytest.mark.parametrize("name", DATASETS)
def test_a_data_set_that_breaks_one_promise_fails_that_check_alone(name):
    assert failed(report_of("dataset", DatasetCase(DATASETS[name]))) == [name]
    report = report_of("modality", modality(data=DATASETS[name]))
    assert failed(report) == [name], report.text()


def test_every_check_has_been_seen_failing():
    planned = {check.name for check in kit_of("modality").checks}
    assert planned == ANY | MODALITIES.keys() | DATASETS.keys()
