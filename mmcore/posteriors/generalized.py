"""A product of experts with learned weights for each dimension."""

from collections.abc import Sequence

import torch
from pydantic import BaseModel
from torch import Tensor, nn

from mmcore.codec import ModelContext
from mmcore.distributions import Gaussian
from mmcore.distributions.closed_forms import PrecisionWeighted
from mmcore.encoding import Encoding, Inference
from mmcore.noise import Noise

__all__ = ["GeneralizedProduct", "generalized_product"]


class GeneralizedProduct(Inference):
    r"""The product of weighted experts, :math:`q(c_d | x_K) \propto \prod_{m \in K} q(c_d | x_m)^{a_{md}}`.

    .. math:: \frac{1}{\sigma_d^2} = \sum_{m \in K} \frac{a_{md}}{\sigma_{md}^2}, \qquad
        \mu_d = \sigma_d^2 \sum_{m \in K} a_{md} \frac{\mu_{md}}{\sigma_{md}^2}, \qquad
        a_{md} = \frac{e^{\lambda_{md}}}{\sum_{k \in K} e^{\lambda_{kd}}}

    The weights of each dimension sum to 1 over the modalities of a row, and are learned. At the start of the
    training they are equal: the geometric mean. An aggregator cannot have them, since its experts have
    no names.

    Arguments:
        names: the modalities of the model.
        content_dim: size D of the content.

    References:
        Cao, Fleet (2014).
    """

    def __init__(self, names: Sequence[str], content_dim: int) -> None:
        super().__init__()
        # In alphabetical order: the order in which a user lists the modalities changes no result.
        self._places = [sorted(names).index(name) for name in names]
        self.logits = nn.Parameter(torch.zeros(len(names), content_dim))

    def forward(self, encoding: Encoding, noise: Noise | None = None) -> Gaussian:
        """Return the product of each row, (B, D)."""
        experts = encoding.content
        # log (a_md / sigma_md^2)
        log_precisions = self.log_weights(encoding.present) - experts.logvar
        return Gaussian(*PrecisionWeighted.apply(log_precisions, experts.loc))

    def log_weights(self, present: Tensor) -> Tensor:
        """Return log a, (M, B, D), -inf for absent modalities, of ``present``, (M, B)."""
        logits = self.logits[self._places].unsqueeze(1)
        return logits.masked_fill(~present.unsqueeze(-1), -torch.inf).log_softmax(0)


def generalized_product(settings: BaseModel, context: ModelContext) -> GeneralizedProduct:
    """Return the generalized product of the experts of a model."""
    return GeneralizedProduct(context.names, context.content_dim)
