"""A normalizing flow as a prior."""

import warnings
from typing import final

from torch import Tensor

from mmcore.config.priors import FlowPriorSettings
from mmcore.noise import Noise
from mmcore.plugins import Context
from mmcore.priors.base import Prior
from mmcore.priors.standard import StandardPrior

with warnings.catch_warnings():
    # zuko 1.6 compiles a function by torch.jit.script, which torch 2.15 deprecates.
    warnings.simplefilter("ignore", FutureWarning)
    import zuko

__all__ = ["FlowPrior", "flow"]


@final
class FlowPrior(Prior):
    """A neural spline flow of N(0, I).

    Arguments:
        dims: size D of the latent variable, at least 1.
        transforms: number of autoregressive transforms.
        width: width of their two hidden layers.

    Example:
        >>> from mmcore import Noise
        >>> FlowPrior(3, 1, 8).sample(Noise(2), "content").shape
        torch.Size([2, 3])

    References:
        Durkan, Bekasov, Murray, Papamakarios (2019), Neural Spline Flows.
    """

    def __init__(self, dims: int, transforms: int, width: int) -> None:
        super().__init__()
        self.dims = dims
        self.flow = zuko.flows.NSF(dims, transforms=transforms, hidden_features=(width, width))

    def sample(self, noise: Noise, stream: str, *draws: int) -> Tensor:
        """Return draws, (B, *draws, D)."""
        draw: Tensor = self.flow().transform.inv(noise.normal(stream, *draws, self.dims))
        return draw

    def log_prob(self, z: Tensor) -> Tensor:
        """Return the log density in nats."""
        log_prob: Tensor = self.flow().log_prob(z)
        return log_prob


def flow(settings: FlowPriorSettings, context: Context) -> Prior:
    """Return a flow over the content, or over the style of the modality ``context.name``."""
    dims = context.own_dim
    return FlowPrior(dims, settings.transforms, settings.width) if dims else StandardPrior(0)
