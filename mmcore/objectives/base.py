"""The interface of an objective."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor, nn

from mmcore.batch import Batch
from mmcore.codec import Codec
from mmcore.noise import Noise

__all__ = ["LossTerms", "Objective"]


@dataclass(frozen=True, slots=True)
class LossTerms:
    """What an objective says of a batch; every tensor has one number for each row, (B,), in nats.

    Arguments:
        loss: what is minimised (its mean over rows).
        nll: by modality, the unweighted negative log-likelihood; 0 where absent.
        divergences: by name, unweighted.
    """

    loss: Tensor
    nll: Mapping[str, Tensor]
    divergences: Mapping[str, Tensor]


class Objective(nn.Module, ABC):
    """What is minimised. It knows no modality by name and only ever says ``log_prob``.

    MUST: `forward`.

    Subclass requirements:
        - the loss of a row depends on that row alone;
        - a modality that a row lacks has no influence on its loss or on any gradient;
        - all randomness comes from ``noise``.
    """

    @abstractmethod
    def forward(self, codec: Codec, batch: Batch, noise: Noise, progress: float) -> LossTerms:
        """Return the terms of the loss.

        Arguments:
            codec: the encoders and decoders.
            batch: the data.
            noise: the randomness of this step.
            progress: share of the training that is done, from 0 to 1, for schedules.
        """
