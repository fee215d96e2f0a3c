"""A diffusion model as a prior."""

import math
from typing import final

import torch
from torch import Tensor, nn

from mmcore.config.priors import DiffusionPriorSettings
from mmcore.noise import Noise
from mmcore.plugins import Context
from mmcore.priors.base import Prior
from mmcore.priors.conditional import ConditionalPrior, beside
from mmcore.priors.fitting import minimize
from mmcore.priors.standard import StandardPrior

__all__ = ["DiffusionPrior", "diffusion"]

WAVES = 8
"""Number of frequencies by which the network sees the time."""
STEPS = 6000


@final
class DiffusionPrior(ConditionalPrior):
    r"""A diffusion model :math:`z_t = (1 - t) z + t \epsilon`, with data at time 0 and N(0, I) at time 1.

    A network estimates the velocity :math:`E[\epsilon - z | z_t]`, which is a linear function of the score of
    :math:`z_t`. Draws and densities are those of the probability-flow equation
    :math:`dz_t/dt = v(z_t, t)` by steps of Runge-Kutta; the density has the exact divergence of v, which
    costs D times as much as a draw.

    Arguments:
        dims: size D of the latent variable, at least 1.
        width: width of the hidden layers.
        steps: number of steps of the equation.
        given_dim: number G of values that are given to the network beside :math:`z_t` and t.

    Example:
        >>> from mmcore import Noise
        >>> DiffusionPrior(3, 8, 4).sample(Noise(2), "content").shape
        torch.Size([2, 3])

    References:
        Song, Sohl-Dickstein, Kingma, Kumar, Ermon, Poole (2021), Section 4.3;
        Lipman, Chen, Ben-Hamu, Nickel, Le (2023), for this path.
    """

    center: Tensor
    scale: Tensor
    waves: Tensor

    def __init__(self, dims: int, width: int, steps: int, given_dim: int = 0) -> None:
        super().__init__()
        self.dims, self.steps = dims, steps
        self.network = nn.Sequential(
            nn.Linear(dims + 2 * WAVES + given_dim, width),
            nn.SiLU(),
            nn.Linear(width, width),
            nn.SiLU(),
            nn.Linear(width, width),
            nn.SiLU(),
            nn.Linear(width, dims),
        )
        self.register_buffer("center", torch.zeros(dims))
        self.register_buffer("scale", torch.ones(dims))
        self.register_buffer("waves", math.pi * torch.arange(1, WAVES + 1) / 2, persistent=False)

    def sample(self, noise: Noise, stream: str, *draws: int, given: Tensor | None = None) -> Tensor:
        """Return draws, (B, *draws, D)."""
        z, step = noise.normal(stream, *draws, self.dims), 1 / self.steps
        if given is not None:
            given = given.reshape(len(given), *[1] * len(draws), -1)
        for number in range(self.steps):
            time = 1 - number * step
            one = self._velocity(z, time, given)
            two = self._velocity(z - step / 2 * one, time - step / 2, given)
            three = self._velocity(z - step / 2 * two, time - step / 2, given)
            four = self._velocity(z - step * three, time - step, given)
            z = z - step / 6 * (one + 2 * two + 2 * three + four)
        return self.center + self.scale * z

    def log_prob(self, z: Tensor, given: Tensor | None = None) -> Tensor:
        """Return the log density in nats."""
        z, step = (z - self.center) / self.scale, 1 / self.steps
        # d log p(z_t) / dt = - div v along the path
        volume = -self.scale.log().sum().expand(z.shape[:-1])
        for number in range(self.steps):
            time = number * step
            one, a = self._with_divergence(z, time, given)
            two, b = self._with_divergence(z + step / 2 * one, time + step / 2, given)
            three, c = self._with_divergence(z + step / 2 * two, time + step / 2, given)
            four, d = self._with_divergence(z + step * three, time + step, given)
            z = z + step / 6 * (one + 2 * two + 2 * three + four)
            volume = volume + step / 6 * (a + 2 * b + 2 * c + d)
        return volume - 0.5 * (z**2 + math.log(2 * math.pi)).sum(-1)

    def fit(self, draws: Tensor, held_out: Tensor, noise: Noise) -> None:
        """Fit the network by denoising, on draws of mean 0 and variance 1."""
        z = draws[:, : self.dims]
        self.center.copy_(z.mean(0))
        self.scale.copy_(z.std(0).clamp_min(1e-6))
        minimize(self, self._loss, draws, held_out, noise, steps=STEPS)

    def _loss(self, rows: Tensor, noise: Noise) -> Tensor:
        z, given = (rows[:, : self.dims] - self.center) / self.scale, rows[:, self.dims :]
        eps, time = noise.normal("eps", self.dims), noise.uniform("time").unsqueeze(-1)
        velocity = self._velocity((1 - time) * z + time * eps, time, given)
        return (velocity - (eps - z)).square().sum(-1).mean()

    def _velocity(self, z: Tensor, time: Tensor | float, given: Tensor | None) -> Tensor:
        velocity: Tensor = self.network(self._input(z, time, given))
        return velocity

    def _input(self, z: Tensor, time: Tensor | float, given: Tensor | None) -> Tensor:
        angles = torch.as_tensor(time, dtype=z.dtype, device=z.device) * self.waves.to(z.dtype)
        seen = torch.cat([angles.sin(), angles.cos()], dim=-1).expand(*z.shape[:-1], -1)
        return beside(torch.cat([z, seen], dim=-1), given)

    def _with_divergence(
        self, z: Tensor, time: float, given: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """Return the velocity, and its divergence: the derivative in z goes through the layers beside it."""
        values = self._input(z, time, given)
        derivative = torch.eye(self.dims, values.shape[-1], dtype=z.dtype, device=z.device)
        for layer in self.network:
            if isinstance(layer, nn.Linear):
                values, derivative = layer(values), derivative @ layer.weight.T
            else:
                gate = values.sigmoid()
                slope = gate * (1 + values * (1 - gate))
                values, derivative = layer(values), derivative * slope.unsqueeze(-2)
        return values, derivative.diagonal(dim1=-2, dim2=-1).sum(-1)


def diffusion(settings: DiffusionPriorSettings, context: Context) -> Prior:
    """Return a diffusion over the content, or over the style of the modality ``context.name``."""
    dims, given = context.own_dim, context.given_dim
    return DiffusionPrior(dims, settings.width, settings.steps, given) if dims else StandardPrior(0)
