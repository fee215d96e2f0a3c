"""The arguments of the checks of an inference: posteriors of linear-Gaussian modalities."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from mmcore.batch import Batch
from mmcore.codec import Codec, ModelContext
from mmcore.distributions import Gaussian, LatentDistribution
from mmcore.encoding import Encoding, Inference
from mmcore.noise import Noise
from mmcore.testing.checks.integrals import Weighted
from mmcore.testing.checks.tools import assert_close, seeded
from mmcore.testing.checks.trial import CONTENT, NAMES, ROWS, STYLE, context_of, data
from mmcore.testing.component import Component

__all__ = ["InferenceCase", "Posterior", "Row", "densities", "filled", "points", "require_same"]


@dataclass(frozen=True, slots=True)
class InferenceCase:
    """Joint posteriors made by ``make(context)``."""

    make: Callable[[ModelContext], Inference]
    component: Component | None = None

    @classmethod
    def of_component(cls, component: Component) -> "InferenceCase":
        """Return the case of a registered inference."""

        def make(context: ModelContext) -> Inference:
            inference: Inference = component.load()(component.settings, context)
            return inference

        return cls(make, component)

    def built(
        self, names: Sequence[str] = NAMES, style_dim: int = STYLE, *, seed: int = 0
    ) -> "Posterior":
        """Return a new inference in eval mode, with the encoders that it is for."""
        context = context_of(names, style_dim, self.component)
        return Posterior(context.codec, seeded(self.make, context, seed=seed).eval())


@dataclass(frozen=True, slots=True)
class Posterior:
    """An inference with the encoders that it is for."""

    codec: Codec
    inference: Inference

    def __call__(self, batch: Batch) -> LatentDistribution:
        """Return the posterior of each row of a batch."""
        return self.posterior(self.encode(batch))

    def encode(self, batch: Batch) -> Encoding:
        """Return the encoding of a batch."""
        return self.codec.encode(batch)

    def posterior(self, encoding: Encoding) -> LatentDistribution:
        """Return the posterior of each row of an encoding."""
        q: LatentDistribution = self.inference(encoding, Noise(encoding.rows))
        return q

    def parameters(self) -> Iterator[tuple[str, nn.Parameter]]:
        """Yield the parameters of both, by name."""
        yield from nn.ModuleDict(
            {"codec": self.codec, "inference": self.inference}
        ).named_parameters()

    def single_rows(self) -> "Iterator[Row]":
        """Yield a batch of one row for each number of modalities."""
        values = {name: x[:1] for name, x in data().items()}
        for count in (1, 2, 3):
            yield Row(self, self.encode(Batch.of({n: values[n] for n in NAMES[:count]})))


@dataclass(frozen=True, slots=True)
class Row:
    """The posterior of one row."""

    posterior: Posterior
    encoding: Encoding

    @property
    def q(self) -> LatentDistribution:
        """The posterior."""
        return self.posterior.posterior(self.encoding)

    def draws(self, count: int) -> Tensor:
        """Return draws, (N, D)."""
        with torch.no_grad():
            return self.posterior.posterior(self.encoding.repeat(count)).rsample(Noise(count))

    def weighted(self) -> Weighted:
        """Return weighted points of the density."""
        return Weighted.around(
            self.draws(256), lambda z: self.q.log_prob(z.unsqueeze(1)).squeeze(1)
        )


def points() -> Tensor:
    """Return points, (9, B, D), at which densities are compared."""
    generator = torch.Generator().manual_seed(5)
    return torch.randn(9, ROWS, CONTENT, generator=generator, dtype=torch.float64)


def densities(q: LatentDistribution) -> Tensor:
    """Return the log density at `points`, (9, B)."""
    return q.log_prob(points().to(q.mean.dtype))


def require_same(density: Tensor, wanted: Tensor, message: str) -> None:
    """Require that two log densities agree."""
    assert_close({"log_prob": density}, {"log_prob": wanted}, message)


def filled(encoding: Encoding, filler: float, *, grad: bool = False) -> Encoding:
    """Return the encoding with ``filler`` in place of what it holds for absent modalities.

    Arguments:
        encoding: it is not changed.
        filler: a number.
        grad: whether content and values are new leaves that require a gradient.
    """
    present = encoding.present.unsqueeze(-1)
    parts = (encoding.content.loc, encoding.content.logvar)
    loc, logvar = (x.detach().where(present, torch.tensor(filler, dtype=x.dtype)) for x in parts)
    values = {
        name: encoding.values[name].where(present[m], torch.tensor(filler, dtype=loc.dtype))
        for m, name in enumerate(encoding.names)
        if name in encoding.values
    }
    if grad:
        loc, logvar = loc.requires_grad_(), logvar.requires_grad_()
        values = {name: x.detach().clone().requires_grad_() for name, x in values.items()}
    return replace(encoding, content=Gaussian(loc, logvar), values=values)
