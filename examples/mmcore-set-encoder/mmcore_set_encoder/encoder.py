"""The set encoder: one network from any subset of modalities to the posterior over the content."""

from collections.abc import Sequence

import torch
from mmcore.codec import ModelContext
from mmcore.distributions import Gaussian
from mmcore.encoding import Encoding, Inference
from mmcore.nn import PosteriorHead
from mmcore.noise import Noise
from torch import Tensor, nn

from mmcore_set_encoder.settings import SetSettings


class SetEncoder(Inference):
    r"""A network of the sum of features, :math:`q(c | x_K) = g(\sum_{m \in K} h(q_m, e_m))`.

    h reads the mean and the log-variance of the posterior of a modality, and a learned vector
    :math:`e_m` for each modality. The sum does not depend on the order of the modalities.

    Arguments:
        names: the modalities of the model.
        content_dim: size D of the content.
        width: units of each hidden layer.
    """

    def __init__(self, names: Sequence[str], content_dim: int, width: int) -> None:
        super().__init__()
        # In alphabetical order: the order in which a user lists the modalities changes no result.
        self._places = [sorted(names).index(name) for name in names]
        self.vectors = nn.Parameter(torch.randn(len(names), width))
        self.features = nn.Linear(2 * content_dim, width)
        self.network = nn.Sequential(
            nn.Linear(width, width), nn.ReLU(), PosteriorHead(width, content_dim, style_dim=0)
        )

    def forward(self, encoding: Encoding, noise: Noise | None = None) -> Gaussian:
        """Return the posterior of each row, (B, D)."""
        q = encoding.content
        parameters = torch.cat([q.loc, q.logvar], dim=-1)
        features = torch.relu(self.features(parameters) + self.vectors[self._places].unsqueeze(1))
        # sum_{m in K} h(q_m, e_m)
        total: Tensor = (features * encoding.present.unsqueeze(-1)).sum(0)
        content: Gaussian = self.network(total).content.bounded()
        return content


def set_network(settings: SetSettings, context: ModelContext) -> SetEncoder:
    """Return the joint posterior ``set``."""
    return SetEncoder(context.names, context.content_dim, settings.width)
