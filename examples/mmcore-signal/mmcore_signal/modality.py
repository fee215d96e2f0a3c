"""The networks and the likelihood of ``signal``."""

import torch
from mmcore import Modality, Posterior
from mmcore.likelihoods import FixedLaplace
from mmcore.modality import Classifier
from mmcore.nn import PosteriorHead
from mmcore.plugins import Context
from torch import Tensor, nn
from torch.distributions import Distribution

from mmcore_signal.data import LENGTH
from mmcore_signal.settings import SignalSettings


class SignalModality(Modality):
    """Signals with convolutional networks and a Laplace likelihood."""

    def __init__(self, settings: SignalSettings, context: Context) -> None:
        super().__init__()
        self.scale, w = settings.scale, settings.width
        self.encoder = nn.Sequential(
            *_convolutions(w),
            PosteriorHead(2 * w * LENGTH // 16, context.content_dim, context.style_dim),
        )
        self.decoder = nn.Sequential(
            nn.Linear(context.latent_dim, 2 * w * LENGTH // 16),
            nn.Unflatten(1, (2 * w, LENGTH // 16)),
            nn.ReLU(),
            nn.ConvTranspose1d(2 * w, w, 8, stride=4, padding=2),
            nn.ReLU(),
            nn.ConvTranspose1d(w, 1, 8, stride=4, padding=2),
        )

    # MUST

    @property
    def event_shape(self) -> torch.Size:
        """One channel of 128 measurements."""
        return torch.Size((1, LENGTH))

    def encode(self, x: Tensor) -> Posterior:
        """Return the posteriors of prepared signals, (B, 1, 128)."""
        posterior: Posterior = self.encoder(x)
        return posterior

    def decode(self, content: Tensor, style: Tensor) -> Distribution:
        """Return Laplace densities around the decoded signal."""
        return FixedLaplace(self.decoder(torch.cat([content, style], dim=-1)), self.scale)

    # MAY

    def prepare(self, raw: Tensor) -> Tensor:
        """Return stored signals in the type of the networks."""
        return raw.to(torch.get_default_dtype())

    def render(self, x: Tensor) -> Tensor:
        """Return images of the signals as black curves, (B, 3, 32, 128)."""
        heights = torch.linspace(1.5, -0.5, 32, device=x.device, dtype=x.dtype).unsqueeze(1)
        ink = torch.exp(-(((x - heights) / 0.06) ** 2))
        return (1 - ink).unsqueeze(1).expand(-1, 3, -1, -1)

    def classifier(self, classes: int) -> Classifier:
        """Return a classifier of signals, for evaluation."""
        body = nn.Sequential(*_convolutions(32), nn.Linear(64 * LENGTH // 16, 64), nn.ReLU())
        return Classifier(body, nn.Linear(64, classes))


def _convolutions(width: int) -> list[nn.Module]:
    """Return layers that map (B, 1, 128) to (B, 2 * width * 8)."""
    return [
        nn.Conv1d(1, width, 8, stride=4, padding=2),
        nn.ReLU(),
        nn.Conv1d(width, 2 * width, 8, stride=4, padding=2),
        nn.ReLU(),
        nn.Flatten(),
    ]
