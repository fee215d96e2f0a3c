"""A normalizing flow as a prior."""

import warnings
from typing import final

from torch import Tensor

from mmcore.config.priors import FlowPriorSettings
from mmcore.noise import Noise
from mmcore.plugins import Context
from mmcore.priors.base import Prior
from mmcore.priors.conditional import ConditionalPrior
from mmcore.priors.fitting import minimize
from mmcore.priors.standard import StandardPrior

with warnings.catch_warnings():
    # zuko 1.6 compiles a function by torch.jit.script, which torch 2.15 deprecates.
    warnings.simplefilter("ignore", FutureWarning)
    import zuko

__all__ = ["FlowPrior", "flow"]


@final
class FlowPrior(ConditionalPrior):
    """A neural spline flow of N(0, I).

    Arguments:
        dims: size D of the latent variable, at least 1.
        transforms: number of autoregressive transforms.
        width: width of their two hidden layers.
        given_dim: number G of values that are given to these layers.

    Example:
        >>> from mmcore import Noise
        >>> FlowPrior(3, 1, 8).sample(Noise(2), "content").shape
        torch.Size([2, 3])

    References:
        Durkan, Bekasov, Murray, Papamakarios (2019), Neural Spline Flows.
    """

    def __init__(self, dims: int, transforms: int, width: int, given_dim: int = 0) -> None:
        super().__init__()
        self.dims, self.given_dim = dims, given_dim
        self.flow = zuko.flows.NSF(
            dims, given_dim, transforms=transforms, hidden_features=(width, width)
        )

    def sample(self, noise: Noise, stream: str, *draws: int, given: Tensor | None = None) -> Tensor:
        """Return draws, (B, *draws, D)."""
        if given is not None:
            given = given.reshape(len(given), *[1] * len(draws), -1)
        draw: Tensor = self.flow(given).transform.inv(noise.normal(stream, *draws, self.dims))
        return draw

    def log_prob(self, z: Tensor, given: Tensor | None = None) -> Tensor:
        """Return the log density in nats."""
        log_prob: Tensor = self.flow(given).log_prob(z)
        return log_prob

    def fit(self, draws: Tensor, held_out: Tensor, noise: Noise) -> None:
        """Maximize the likelihood of the draws."""
        minimize(self, self._loss, draws, held_out, noise)

    def _loss(self, rows: Tensor, noise: Noise) -> Tensor:
        given = rows[:, self.dims :] if self.given_dim else None
        return -self.log_prob(rows[:, : self.dims], given).mean()


def flow(settings: FlowPriorSettings, context: Context) -> Prior:
    """Return a flow over the content, or over the style of the modality ``context.name``."""
    dims, given = context.own_dim, context.given_dim
    return FlowPrior(dims, settings.transforms, settings.width, given) if dims else StandardPrior(0)
