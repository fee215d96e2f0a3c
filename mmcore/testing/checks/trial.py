"""The arguments of the checks of methods and objectives: losses of linear-Gaussian modalities."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor, nn

from mmcore.batch import Batch
from mmcore.codec import Codec, ModelContext
from mmcore.methods.base import Method, aggregator, equally
from mmcore.noise import Noise
from mmcore.objectives import (
    LossTerms,
    Objective,
    ObjectiveContext,
    StyleTraining,
    TermWeights,
)
from mmcore.plugins import Catalogue, Context
from mmcore.priors import StandardPrior
from mmcore.testing.checks.tools import seeded
from mmcore.testing.component import Component
from mmcore.testing.linear_gaussian import LinearGaussian, LinearGaussianSettings

__all__ = [
    "CONTENT",
    "NAMES",
    "ROWS",
    "STYLE",
    "MethodCase",
    "Trial",
    "average",
    "context_of",
    "data",
    "masks",
]

NAMES = ("m0", "m1", "m2")
ROWS, CONTENT, STYLE, FEATURES = 6, 2, 1, 6
STEPS, REPEATS = 30, 40


@dataclass(frozen=True, slots=True)
class Trial:
    """A method with the modalities that it was made for."""

    codec: Codec
    method: Method

    @property
    def modules(self) -> dict[str, nn.Module]:
        """The modules with parameters, by name."""
        generation = self.method.generation or self.method.inference
        parts = {"objective": self.method.objective, "inference": self.method.inference}
        return {"modalities": self.codec, **parts, "generation": generation}

    def terms(self, batch: Batch, step: int = 0, *, seed: int = 0) -> LossTerms:
        """Return the terms of a batch at the end of the training."""
        # Seeded, so that an objective that draws globally is found by one check and by no other.
        torch.default_generator.manual_seed(seed)
        terms: LossTerms = self.method.objective(
            self.codec, batch, Noise(len(batch), step=step), 1.0
        )
        return terms


@dataclass(frozen=True, slots=True)
class MethodCase:
    """Methods made by ``make(context)``."""

    make: Callable[[ModelContext], Method]
    component: Component | None = None

    @classmethod
    def of_component(cls, component: Component) -> "MethodCase":
        """Return the case of a registered method."""

        def make(context: ModelContext) -> Method:
            method: Method = component.load()(component.settings, context)
            return method

        return cls(make, component)

    @classmethod
    def of_objective(cls, make: Callable[[ObjectiveContext], Objective]) -> "MethodCase":
        """Return the case of objectives made by ``make(context)``."""
        return cls(lambda context: _around(make, context))

    @classmethod
    def of_objective_component(cls, component: Component) -> "MethodCase":
        """Return the case of a registered objective."""
        factory, settings = component.load(), component.settings
        mean = component.spec.facts.get("posterior", "product")
        return cls(lambda c: _around(lambda own: factory(settings, own), c, mean), component)

    def trial(
        self, names: Sequence[str] = NAMES, style_dim: int = STYLE, *, seed: int = 0
    ) -> Trial:
        """Return a new method over linear-Gaussian modalities, seeded."""
        context = context_of(names, style_dim, self.component)
        return Trial(context.codec, seeded(self.make, context, seed=seed))


def context_of(
    names: Sequence[str] = NAMES, style_dim: int = STYLE, component: Component | None = None
) -> ModelContext:
    """Return the context of a model with linear-Gaussian modalities."""
    own = Context.of(CONTENT, style_dim)
    modalities = {
        name: LinearGaussian(LinearGaussianSettings(features=FEATURES, seed=int(name[1:])), own)
        for name in names
    }
    sizes = dict.fromkeys(names, style_dim)
    return ModelContext(
        content_dim=CONTENT,
        style_dims=sizes,
        catalogue=component.catalogue if component else _installed().recording(),
        codec=Codec(modalities, sizes, StandardPrior(CONTENT)),
    )


@cache
def _installed() -> Catalogue:
    # The discovery reads the metadata of every installed package. Checks build hundreds of contexts.
    return Catalogue.discover()


def data(names: Sequence[str] = NAMES) -> dict[str, Tensor]:
    """Return values of the modalities, (B, features) each."""
    generator = torch.Generator().manual_seed(0)
    return {n: torch.randn(ROWS, FEATURES, generator=generator) for n in names}


def masks() -> dict[str, Tensor]:
    """Which modalities six rows have; no two rows have the same."""
    rows = torch.tensor([[c >> m & 1 for m in range(len(NAMES))] for c in range(1, ROWS + 1)])
    return dict(zip(NAMES, rows.bool().unbind(1), strict=True))


def average(
    trial: Trial, values: dict[str, Tensor], present: dict[str, Tensor] | None = None
) -> tuple[Tensor, Tensor]:
    """Return the mean loss of each row over many draws, (B,), and its standard error."""
    repeated = {n: x.repeat(REPEATS, 1) for n, x in values.items()}
    masks = {n: mask.repeat(REPEATS) for n, mask in (present or {}).items()}
    batch = Batch.of(repeated, masks)
    with torch.no_grad():
        steps = [
            trial.terms(batch, n, seed=n).loss.reshape(REPEATS, -1).mean(0) for n in range(STEPS)
        ]
    losses = torch.stack(steps).double()
    return losses.mean(0), losses.std(0) / STEPS**0.5


def _around(
    make: Callable[[ObjectiveContext], Objective], context: ModelContext, mean: str = "product"
) -> Method:
    """Return a method of an objective, with the aggregator ``mean`` and no weights."""
    ones = dict.fromkeys(context.names, 1.0)
    posterior = equally(aggregator(context, mean, {}), context)
    weights, styles = TermWeights(1.0, ones, ones), StyleTraining(0.0, 1.0)
    objective = make(ObjectiveContext.within(context, posterior, weights, styles))
    return Method(objective, posterior, caveat="an objective alone declares none")
