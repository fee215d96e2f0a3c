"""The joint encoder: one network from all modalities to the posterior over the content."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from mmcore.aggregators import ProductOfExperts
from mmcore.codec import ModelContext
from mmcore.config.parts import JointSettings
from mmcore.distributions import Gaussian
from mmcore.encoding import Encoding, Inference
from mmcore.fusion import Fusion
from mmcore.nn import PosteriorHead
from mmcore.noise import Noise

__all__ = ["JointEncoder", "joint"]


class JointEncoder(Inference):
    r"""A joint network for rows that have every modality, a product of experts for the others.

    .. math:: q(c | x_1, \ldots, x_M) = N(\mu_\theta, \sigma_\theta^2), \qquad
        q(c | x_K) \propto \prod_{m \in K} q(c | x_m)

    The product of one expert is that expert. The joint network reads the mean and the log-variance of
    every expert. It thus accepts any modality and uses the features of the unimodal encoders; in the
    publication it reads the data itself.

    Arguments:
        names: the modalities of the model.
        content_dim: size D of the content.
        width: units of each hidden layer.

    References:
        Suzuki, Nakayama, Matsuo (2016), Section 3.
    """

    def __init__(self, names: Sequence[str], content_dim: int, width: int) -> None:
        super().__init__()
        self.product = Fusion(ProductOfExperts(), [1.0] * len(names))
        # In alphabetical order: the order in which a user lists the modalities changes no result.
        self._order = sorted(range(len(names)), key=lambda place: names[place])
        self.network = nn.Sequential(
            nn.Linear(2 * len(names) * content_dim, width),
            nn.ReLU(),
            nn.Linear(width, width),
            nn.ReLU(),
            PosteriorHead(width, content_dim, style_dim=0),
        )

    def forward(self, encoding: Encoding, noise: Noise | None = None) -> Gaussian:
        """Return the posterior of each row, (B, D)."""
        joint: Gaussian = self.network(self._features(encoding.content)).content.bounded()
        product = self.product(encoding, noise)
        complete = encoding.present.all(0).unsqueeze(-1)
        return Gaussian(
            torch.where(complete, joint.loc, product.loc),
            torch.where(complete, joint.logvar, product.logvar),
        )

    def _features(self, experts: Gaussian) -> Tensor:
        """Return the parameters of the experts, (B, 2 M D)."""
        parameters = torch.cat([experts.loc, experts.logvar], dim=-1)
        return parameters[self._order].transpose(0, 1).flatten(1)


def joint(settings: JointSettings, context: ModelContext) -> JointEncoder:
    """Return the joint encoder of a model."""
    return JointEncoder(context.names, context.content_dim, settings.width)
