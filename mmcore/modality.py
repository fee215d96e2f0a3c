"""The interface of a modality: how one kind of data is encoded, decoded and scored."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.distributions import Distribution

from mmcore.data.view import View
from mmcore.distributions import Evidence, Gaussian
from mmcore.factors import Factors
from mmcore.reporting.topics import Topic
from mmcore.scoring import DecodedScorer, Scorer
from mmcore.widgets import Widget

__all__ = ["Classifier", "Modality", "Posterior"]


@dataclass(frozen=True, slots=True)
class Posterior:
    r"""The posteriors of a batch: :math:`q(c|x_m)` and :math:`q(s_m|x_m)`.

    Shapes:
        content: (B, D), the latent variable that all modalities share.
        style: (B, D_m), the modality's own subspace; D_m may be 0.
    """

    content: Gaussian
    style: Gaussian

    def bounded(self) -> "Posterior":
        """Return the posteriors with bounded log-variances."""
        return Posterior(self.content.bounded(), self.style.bounded())

    def scattered(self, indices: Tensor, rows: int) -> "Posterior":
        """Return ``rows`` posteriors: these at ``indices``, (B,), and zero parameters in the others."""
        return Posterior(self.content.scattered(indices, rows), self.style.scattered(indices, rows))

    def where(self, mask: Tensor) -> "Posterior":
        """Return the rows that ``mask``, (B,), selects, with zero parameters in the others."""
        return Posterior(self.content.where(mask), self.style.where(mask))


class Classifier(nn.Module):
    """A network to features, and a linear layer from them to logits.

    Evaluation reads labels off the logits, and measures distances between sets in the features.

    Shapes:
        input: (B, ...), from `Modality.classifier_input`. `features`: (B, F). returns: (B, L) logits.

    Arguments:
        body: to features, (B, F).
        head: from features to logits.
    """

    def __init__(self, body: nn.Module, head: nn.Linear) -> None:
        super().__init__()
        self.body = body
        self.head = head

    def forward(self, inputs: Tensor) -> Tensor:
        """Return logits."""
        logits: Tensor = self.head(self.features(inputs))
        return logits

    def features(self, inputs: Tensor) -> Tensor:
        """Return the features, (B, F), of which the logits are a linear function."""
        features: Tensor = self.body(inputs)
        return features


class Modality(nn.Module, ABC):
    """One kind of data, with its encoder, its decoder and its likelihood.

    A subclass is built as ``factory(settings, context)``, see `mmcore.plugins.Context`.

    MUST: `event_shape`, `encode`, `decode`.

    MAY: `stored`, `prepare`, `shift`, `texts`, `tokens`, `render`, `widget`, `data_size`, `style_weight`,
    `portable_settings`, `noise_factor`; for evaluation `topics`, `unit`, `class_probabilities`, `classifier`,
    `classifier_input`, `classifier_input_of`, `decoded_label`, `unit_counts`, `baseline`; for
    messages `log_prob_parts`; for linear models `linear_features`, `linear_values`, `start_linear`,
    `evidence`.
    FOR SPEED: `encode_stored`, `numbers`, `scoring`.

    Subclass requirements:
        - rows of a batch do not influence one another;
        - in eval mode, equal input gives equal output;
        - `decode` returns a distribution of batch shape (B,) and event shape `event_shape`, whose
          ``log_prob`` is finite for every value in the data set and whose ``mode`` is defined.

    References:
        Sutter, Daunhawer, Vogt (2020), Section 3.5 (content and style).
    """

    topics: ClassVar[tuple[Topic, ...]] = ()
    """The topics that the report of a run shows first, such as `mmcore.reporting.topics.PICTURES`."""

    # -- MUST ------------------------------------------------------------------------------------

    @property
    @abstractmethod
    def event_shape(self) -> torch.Size:
        """The shape E of one prepared value."""

    @abstractmethod
    def encode(self, x: Tensor) -> Posterior:
        """Return the posteriors of prepared values ``x``, (B, *E)."""

    @abstractmethod
    def decode(self, content: Tensor, style: Tensor) -> Distribution:
        """Return the likelihood p(x | c, s) for ``content``, (B, D), and ``style``, (B, D_m)."""

    # -- MAY -------------------------------------------------------------------------------------

    def stored(self, view: View) -> View:
        """Return the items of ``view`` in the form in which this modality stores them.

        It is called once for each split when data is opened. The items of a study are the values that its
        reader returns. The default stores them unchanged. Texts are converted to tokens here, and features
        of a frozen encoder are stored with the values.

        Raises:
            MmcoreError: the modality cannot store these items.
        """
        return view

    def prepare(self, raw: Tensor) -> Tensor:
        """Return the values that are encoded and scored, from stored values, on the device.

        The default returns them unchanged. Images are stored as uint8 and are converted to floats here.
        """
        return raw

    def shift(self, sites: Tensor) -> Tensor | None:
        """Return what the batch of each row adds to prepared values, (B, *E); None: the kind has no batches.

        It is subtracted before values are encoded and scored, added to predictions, and trained.
        ``sites`` are those of `mmcore.batch.Batch`.
        """
        return None

    def texts(self, x: Tensor) -> list[str] | None:
        """Return prepared values as texts, or None, the default, if they are no texts."""
        return None

    def tokens(self, texts: list[str]) -> Tensor | None:
        """Return texts as stored values, (B, *E), or None, the default, if values are no texts.

        Raises:
            MmcoreError: a text is too long, or has a character that values cannot have.
        """
        return None

    def render(self, x: Tensor) -> Tensor | None:
        """Return pictures, (B, 3, H, W) in [0, 1], of prepared values, or None if there are none."""
        return None

    def widget(self) -> Widget | None:
        """Return how a page shows a value; None, the default, as a picture, text, row or numbers."""
        return None

    @property
    def data_size(self) -> int:
        """The number of measurements of a value; the default likelihood weight is inverse to it."""
        return self.event_shape.numel()

    @property
    def style_weight(self) -> float:
        """A factor of the default weight of the style's divergence; with a smaller one, values vary more."""
        return 1.0

    @property
    def portable_settings(self) -> Mapping[str, Any]:
        """Settings that replace those of the modality in a saved model, so that it needs no other file."""
        return {}

    def unit(self) -> Tensor | None:
        """Return the unit of the errors of each element, (*E), NaN for a category.

        None, the default: 1 for floating-point values, and other values are categories.
        """
        return None

    def class_probabilities(self, likelihood: Distribution) -> Tensor | None:
        """Return the probability of each class of the W elements that are categories, (B, W, K).

        It is 0 beyond the classes of an element. None, the default: imputation counts the classes of draws.
        """
        return None

    def classifier(self, classes: int) -> Classifier | None:
        """Return an untrained classifier of `classifier_input`, or None if there is none."""
        return None

    def classifier_input(self, x: Tensor) -> Tensor:
        """Return the input of the classifier for prepared values; the default is the values."""
        return x

    def classifier_input_of(self, likelihood: Distribution) -> Tensor:
        """Return the input of the classifier for a generated likelihood; the default uses the mode."""
        return self.classifier_input(likelihood.mode)

    def decoded_label(self, x: Tensor) -> Tensor | None:
        """Return the class that each prepared value encodes exactly, (B,), or -1; None if none can."""
        return None

    def unit_counts(self, x: Tensor) -> Mapping[str, Tensor]:
        """Return the number of units, such as tokens, in each prepared value: (B,) by name of the unit.

        Evaluation reports the likelihood per unit. The default, an empty mapping, reports none.
        """
        return {}

    def log_prob_parts(self, likelihood: Distribution, x: Tensor) -> Mapping[str, Tensor]:
        """Return the log density of each named part, such as a column, of prepared values: (B,) by name.

        The message on a loss that is not finite names the part with the largest share. The default, an
        empty mapping, has no parts.
        """
        return {}

    def baseline(self, raw: Tensor) -> Distribution | None:
        """Return a likelihood without latent variables, fitted to stored training values.

        Evaluation compares it with the likelihood of the model per unit: unigram frequencies, for texts.
        """
        return None

    def linear_features(self, x: Tensor) -> Tensor | None:
        """Return the numbers of the linear model of ``factors``, (B, F), NaN where missing; or None."""
        return None

    def linear_values(self, features: Tensor) -> Tensor | None:
        """Return values of `linear_features`, (B, *E), NaN where they are no linear function; or None."""
        return None

    def start_linear(self, factors: Factors) -> None:
        """Set the parameters of decoder and `evidence` to those of a linear model of `linear_features`."""
        return None

    def evidence(self, x: Tensor) -> Evidence | None:
        """Return the evidence of prepared values beside that of `encode`; None, the default, is none."""
        return None

    def noise_factor(self) -> Tensor | None:
        """Return the factor of the noise of numbers, a buffer () that held-out samples set, or None."""
        return None

    # -- FOR SPEED -------------------------------------------------------------------------------

    def encode_stored(self, raw: Tensor, x: Tensor) -> Posterior:
        """Return the posteriors of stored values whose prepared form is ``x``.

        A modality that stores features of a frozen encoder with its values uses them here.
        """
        return self.encode(x)

    def numbers(self, likelihood: Distribution) -> Distribution | None:
        """Return the likelihood of the numbers on a scale, (N,) each; None, the default: all are drawn."""
        return None

    def scoring(self) -> Callable[[Tensor], Scorer]:
        """Return the function from prepared values, (B, *E), to log p(x | c, s), see `Scorer`.

        It is called for each batch. A modality computes here once what depends on the weights only, and in
        the function what depends on the values but not on the draws. The default decodes each draw.
        """
        return partial(DecodedScorer, self.decode)
