"""What the checks of methods and objectives are called with: trials in the linear-Gaussian world."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from mmcore.aggregators import ProductOfExperts
from mmcore.batch import Batch
from mmcore.codec import Codec
from mmcore.fusion import Fusion
from mmcore.methods.base import Method, MethodContext
from mmcore.noise import Noise
from mmcore.objectives import LossTerms, Objective, StyleTraining, TermWeights
from mmcore.plugins import Catalogue
from mmcore.testing.checks.tools import seeded
from mmcore.testing.component import Component
from mmcore.testing.linear_gaussian import LinearGaussian, LinearGaussianSettings

__all__ = ["CONTENT", "NAMES", "ROWS", "MethodCase", "Trial", "average", "data", "holes"]

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
        """What has parameters, by name."""
        generation = self.method.generation or self.method.inference
        parts = {"objective": self.method.objective, "inference": self.method.inference}
        return {"modalities": self.codec, **parts, "generation": generation}

    def terms(self, batch: Batch, step: int = 0, *, seed: int = 0) -> LossTerms:
        """Return the terms of a batch at the end of the training."""
        # Seeded, so that an objective that draws globally is found by one check and by no other.
        torch.manual_seed(seed)
        found: LossTerms = self.method.objective(
            self.codec, batch, Noise(len(batch), step=step), 1.0
        )
        return found


@dataclass(frozen=True, slots=True)
class MethodCase:
    """Methods made by ``make(context)``."""

    make: Callable[[MethodContext], Method]
    component: Component | None = None

    @classmethod
    def of_component(cls, component: Component) -> "MethodCase":
        """Return the case of a registered method."""

        def make(context: MethodContext) -> Method:
            made: Method = component.load()(component.settings, context)
            return made

        return cls(make, component)

    @classmethod
    def of_objective(cls, make: Callable[..., Objective]) -> "MethodCase":
        """Return the case of objectives made by ``make(posterior, weights, styles)``."""
        return cls(lambda context: _around(make, context))

    @classmethod
    def of_objective_component(cls, component: Component) -> "MethodCase":
        """Return the case of a registered objective."""
        options = component.settings.model_dump()
        return cls(lambda context: _around(component.load(), context, **options), component)

    def trial(
        self, names: Sequence[str] = NAMES, style_dim: int = STYLE, *, seed: int = 0
    ) -> Trial:
        """Return a new method over linear-Gaussian modalities, seeded."""
        modalities = {
            name: LinearGaussian(
                LinearGaussianSettings(features=FEATURES, seed=int(name[1:])), CONTENT, style_dim
            )
            for name in names
        }
        sizes = dict.fromkeys(names, style_dim)
        catalogue = self.component.catalogue if self.component else Catalogue.discover()
        context = MethodContext(modalities, sizes, CONTENT, catalogue)
        return Trial(Codec(modalities, sizes), seeded(self.make, context, seed=seed))


def data(names: Sequence[str] = NAMES) -> dict[str, Tensor]:
    """Return values of the modalities, (B, features) each."""
    generator = torch.Generator().manual_seed(0)
    return {n: torch.randn(ROWS, FEATURES, generator=generator) for n in names}


def holes() -> dict[str, Tensor]:
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


def _around(make: Callable[..., Objective], context: MethodContext, **options: Any) -> Method:
    """Return a method of an objective, with a product of experts and no weights."""
    ones = dict.fromkeys(context.modalities, 1.0)
    posterior = Fusion(ProductOfExperts(), list(ones.values()))
    objective = make(posterior, TermWeights(1.0, ones, ones), StyleTraining(0.0, 1.0), **options)
    return Method(objective, posterior, caveat="an objective alone declares none")
