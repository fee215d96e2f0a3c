"""Distributions of content and styles together, p(c, s_1 .. s_M)."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, final

import torch
from torch import Tensor

from mmcore.noise import Noise
from mmcore.priors.base import Prior

__all__ = ["IndependentPrior", "JointPrior", "LatentPrior", "Latents"]


@dataclass(frozen=True, slots=True)
class Latents:
    """Values of all latent variables.

    Shapes:
        content: (*S, B, D).
        styles[name]: (*S, B, D_m).
    """

    content: Tensor
    styles: Mapping[str, Tensor]

    @property
    def joined(self) -> Tensor:
        """Content and styles side by side, (*S, B, D + D_1 + .. + D_M)."""
        return torch.cat([self.content, *self.styles.values()], dim=-1)

    def by_draw(self, draws: int) -> "Latents":
        """Return (draws * B, D) values, with draw i of row b at place i * B + b, as (draws, B, D)."""
        return self._each(lambda z: z.unflatten(0, (draws, -1)))

    def flat(self) -> "Latents":
        """Return (S, B, D) values as (S * B, D), see `by_draw`."""
        return self._each(lambda z: z.flatten(0, 1))

    def at(self, places: Any) -> "Latents":
        """Return the values at some places, such as a slice of the draws."""
        return self._each(lambda z: z[places])

    def _each(self, change: Callable[[Tensor], Tensor]) -> "Latents":
        return Latents(change(self.content), {n: change(s) for n, s in self.styles.items()})


class LatentPrior(ABC):
    """The distribution p(c, s_1 .. s_M) that a model generates from."""

    @abstractmethod
    def sample(self, noise: Noise) -> Latents:
        """Return a draw for each row of ``noise``."""

    @abstractmethod
    def log_prob(self, latents: Latents) -> Tensor:
        """Return the log density in nats, (*S, B)."""

    @abstractmethod
    def to(self, device: torch.device) -> "LatentPrior":
        """Move it to a device, and return it."""


@final
@dataclass(frozen=True, slots=True)
class IndependentPrior(LatentPrior):
    """p(c) p(s_1) .. p(s_M).

    Arguments:
        content: p(c).
        styles: p(s_m), by modality.
    """

    content: Prior
    styles: Mapping[str, Prior]

    def sample(self, noise: Noise) -> Latents:
        """Return a draw of each prior for each row."""
        styles = {name: p.sample(noise.at(name), "style") for name, p in self.styles.items()}
        return Latents(self.content.sample(noise, "content"), styles)

    def log_prob(self, latents: Latents) -> Tensor:
        """Return the sum of the log densities."""
        styles = (self.styles[name].log_prob(style) for name, style in latents.styles.items())
        return sum(styles, self.content.log_prob(latents.content))

    def to(self, device: torch.device) -> "IndependentPrior":
        """Move all priors to a device."""
        for prior in (self.content, *self.styles.values()):
            prior.to(device)
        return self


@final
@dataclass(frozen=True, slots=True)
class JointPrior(LatentPrior):
    """One prior of content and styles side by side.

    Arguments:
        prior: over D + D_1 + .. + D_M dimensions.
        content_dim: D.
        style_dims: D_m, by modality, in the order of the dimensions.
    """

    prior: Prior
    content_dim: int
    style_dims: Mapping[str, int]

    def sample(self, noise: Noise) -> Latents:
        """Return a draw for each row."""
        z = self.prior.sample(noise, "latents")
        content, *styles = z.split([self.content_dim, *self.style_dims.values()], dim=-1)
        return Latents(content, dict(zip(self.style_dims, styles, strict=True)))

    def log_prob(self, latents: Latents) -> Tensor:
        """Return the log density of content and styles side by side."""
        styles = {name: latents.styles[name] for name in self.style_dims}
        return self.prior.log_prob(Latents(latents.content, styles).joined)

    def to(self, device: torch.device) -> "JointPrior":
        """Move the prior to a device."""
        self.prior.to(device)
        return self
