"""A modality that keeps every promise, and modalities of which each breaks one."""

import copy
import random

import torch
from torch import nn
from torch.distributions import Distribution, Independent, Normal, StudentT

from mmcore.distributions import Gaussian
from mmcore.modality import Classifier, Modality, Posterior
from mmcore.nn import PosteriorHead
from mmcore.scoring import DecodedScorer, Scorer

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


class ValidatesValues(Fine):
    """No fault: its likelihood refuses missing cells with a ValueError."""

    def decode(self, content, style):
        loc = self.decoder(torch.cat([content, style], -1)).to(content.dtype)
        return Independent(StudentT(5.0, loc, validate_args=True), 1, validate_args=True)


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


class NotNormalized(Wrapped):
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


class Unnormalized(Fine):
    def decode(self, content, style):
        return NotNormalized(super().decode(content, style))


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


class ForgetsTheScale(Fine):
    """A learned scale whose normalizer is left out, and which is one at the start."""

    def __init__(self, context):
        super().__init__(context)
        self.log_scale = nn.Parameter(torch.zeros(FEATURES))

    def decode(self, content, style):
        return ForgottenScale(super().decode(content, style), self.log_scale.sum())


class ForgottenScale(Wrapped):
    def __init__(self, base, log_scale):
        super().__init__(base)
        self.log_scale = log_scale

    def log_prob(self, value):
        return super().log_prob(value) + self.log_scale


class InfiniteVariances(Fine):
    def encode(self, x):
        q = super().encode(x)
        return Posterior(q.content, Gaussian(q.style.loc, q.style.logvar + float("inf")))


class ChangesInPlace(Fine):
    def prepare(self, raw):
        return raw.mul_(1.0).add_(1e-3 * (raw.abs() < 9))


class FlatPicture(Fine):
    def render(self, x):
        return super().render(x)[:, :1]


class NegativePicture(Fine):
    def render(self, x):
        return super().render(x) - 0.5


class FeaturesOfTheBatch(Fine):
    def classifier(self, classes):
        return Classifier(
            nn.Unflatten(1, (2, 3)), nn.Sequential(nn.Flatten(), nn.Linear(6, classes))
        )


class ByThePlaceInTheBatch(Shifted):
    def by(self, x):
        return torch.arange(len(x), dtype=x.dtype).unsqueeze(1)


class FaultyScorer(Scorer):
    """The log density by decoding, in which a subclass has a fault."""

    def __init__(self, modality, x):
        self.modality, self.x = modality, x

    def __call__(self, content, style):
        return DecodedScorer(self.modality.decode, self.x)(content, style)

    def select(self, rows):
        return type(self)(self.modality, self.x[rows])


class OfTheFirstDraw(FaultyScorer):
    def __call__(self, content, style):
        return super().__call__(content[:1].expand_as(content), style[:1].expand_as(style))


class SelectsOtherRows(FaultyScorer):
    def select(self, rows):
        return DecodedScorer(self.modality.decode, self.x.roll(1, 0)[rows])


class Scored(Fine):
    scorer = FaultyScorer

    def scoring(self):
        return lambda x: self.scorer(self, x)


class ScoresTheFirstDraw(Scored):
    scorer = OfTheFirstDraw


class SelectsOthers(Scored):
    scorer = SelectsOtherRows


class WithoutMissingCells(Wrapped):
    def log_prob(self, value):
        return self.base.base_dist.log_prob(value).nansum(-1)


class ScoresHolesAsZeros(Fine):
    def decode(self, content, style):
        return WithoutMissingCells(super().decode(content, style))

    def scoring(self):
        return lambda x: DecodedScorer(self.decode, x.nan_to_num())


class KeepsOldWeights(Fine):
    kept = None

    def scoring(self):
        self.kept = self.kept or copy.deepcopy(self)
        return lambda x: DecodedScorer(self.kept.decode, x)
