"""A Gaussian posterior, of which each part may be wrong."""

from dataclasses import dataclass

import torch

from mmcore.distributions import Gaussian, LatentDistribution

__all__ = ["Shown"]


@dataclass(frozen=True)
class Shown(LatentDistribution):
    """A Gaussian whose density is scaled, whose mean is moved, or whose draws are others."""

    q: Gaussian
    total: object = 0.0
    off: object = 0.0
    stretch: object = 1.0
    chance: bool = False
    single: bool = False

    @property
    def mean(self):
        return self.q.mean + self.off

    def rsample(self, noise):
        z = self.stretch * (self.q.rsample(noise) - self.q.loc) + self.q.loc
        z = self.q.loc + self.q.stddev * torch.randn_like(z) if self.chance else z
        return z.float() if self.single else z

    def log_prob(self, z):
        return self.q.log_prob(z) + self.total
