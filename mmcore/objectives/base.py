"""The interface of an objective."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, fields

from torch import Tensor, nn

from mmcore.batch import Batch
from mmcore.codec import Codec, ModelContext
from mmcore.encoding import Inference
from mmcore.noise import Noise
from mmcore.objectives.draws import StyleTraining
from mmcore.objectives.terms import TermWeights

__all__ = ["LossTerms", "Objective", "ObjectiveContext"]


@dataclass(frozen=True, slots=True)
class LossTerms:
    """The terms of the loss of a batch; every tensor has one number for each row, (B,), in nats.

    Arguments:
        loss: the loss, whose mean over rows is minimized.
        nll: by modality, the unweighted negative log-likelihood; 0 where absent.
        divergences: by name, unweighted.
    """

    loss: Tensor
    nll: Mapping[str, Tensor]
    divergences: Mapping[str, Tensor]


class Objective(nn.Module, ABC):
    """The loss of a batch. It names no modality and uses likelihoods through ``log_prob`` alone.

    MUST: `forward`.

    MAY: `held_out`.

    Subclass requirements:
        - the loss of a row depends on that row alone;
        - a modality that a row lacks has no influence on its loss nor on any gradient;
        - all randomness comes from ``noise``.
    """

    @abstractmethod
    def forward(self, codec: Codec, batch: Batch, noise: Noise, progress: float) -> LossTerms:
        """Return the terms of the loss.

        Arguments:
            codec: the encoders and decoders.
            batch: the data.
            noise: the randomness of this step.
            progress: completed share of the training, from 0 to 1, for schedules.
        """

    def held_out(self, codec: Codec, batch: Batch, noise: Noise) -> Tensor:
        """Return what early stopping minimizes, (B,); the default is the loss at the end of schedules."""
        return self(codec, batch, noise, 1.0).loss  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectiveContext(ModelContext):
    """The context of an objective that a method is made of.

    Arguments:
        posterior: the joint posterior q(c | X).
        weights: factors of the terms of the loss.
        styles: how styles are drawn in training.
    """

    posterior: Inference
    weights: TermWeights
    styles: StyleTraining

    @classmethod
    def within(
        cls,
        context: ModelContext,
        posterior: Inference,
        weights: TermWeights,
        styles: StyleTraining,
    ) -> "ObjectiveContext":
        """Return the context of an objective of the model that ``context`` describes."""
        own = {field.name: getattr(context, field.name) for field in fields(context)}
        return cls(**own, posterior=posterior, weights=weights, styles=styles)
