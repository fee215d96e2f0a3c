"""The networks and the likelihood of ``text``."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.distributions import Distribution

from mmcore import MmcoreError
from mmcore.modality import Classifier
from mmcore.nn import PointUpsampling1d, PosteriorHead, SequenceModality
from mmcore.plugins import Context
from mmcore_text.alphabet import ALPHABET, LENGTH, decode, encode
from mmcore_text.data import digits_read
from mmcore_text.drawing import draw_strings
from mmcore_text.settings import TextSettings
from mmcore_text.units import counted, unigram

PAD = " "


class Text(SequenceModality):
    """Strings of 8 characters with convolutional networks and a categorical likelihood.

    A value is the index of each character in the alphabet, (8,). The likelihood is the softmax of
    the logits of the decoder at each position.

    References:
        Sutter, Daunhawer, Vogt (2020), experiment MNIST-SVHN-Text.
    """

    def __init__(self, settings: TextSettings, context: Context) -> None:
        w = settings.width
        encoder = nn.Sequential(
            nn.Conv1d(len(ALPHABET), w, 1),
            nn.ReLU(inplace=True),
            nn.Conv1d(w, w, 4, stride=2, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv1d(w, w, 4, stride=2),
            nn.ReLU(inplace=True),
            nn.Flatten(),
            PosteriorHead(w, context.content_dim, context.style_dim),
        )
        decoder = nn.Sequential(
            nn.Linear(context.latent_dim, w),
            nn.Unflatten(1, (w, 1)),
            PointUpsampling1d(w, w, 4),
            nn.ReLU(inplace=True),
            nn.ConvTranspose1d(w, w, 4, stride=2, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv1d(w, len(ALPHABET), 1),
        )
        super().__init__(encoder, decoder, len(ALPHABET))

    @property
    def event_shape(self) -> torch.Size:
        """Eight characters."""
        return torch.Size((LENGTH,))

    @property
    def style_weight(self) -> float:
        """Small, so that the style has the position; the measurements are in docs/design/011-diversity.md."""
        return 0.3

    def render(self, x: Tensor) -> Tensor:
        """Return images of the strings."""
        return draw_strings(x)

    def classifier(self, classes: int) -> Classifier:
        """Return a small convolutional network over probabilities of characters."""
        body = nn.Sequential(
            nn.Conv1d(len(ALPHABET), 64, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv1d(64, 64, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.AdaptiveMaxPool1d(1),
            nn.Flatten(),
            nn.Linear(64, 64),
            nn.ReLU(inplace=True),
        )
        return Classifier(body, nn.Linear(64, classes))

    def decoded_label(self, x: Tensor) -> Tensor:
        """Return the digit whose name the string contains, at any position."""
        return digits_read(x).to(x.device)

    def texts(self, x: Tensor) -> list[str]:
        """Return the strings without padding."""
        return [text.strip(PAD) for text in decode(x)]

    def tokens(self, texts: list[str]) -> Tensor:
        """Return the indices of the characters of words, padded at the end."""
        for text in texts:
            unknown = sorted(set(text) - set(ALPHABET))
            if unknown or len(text) > LENGTH:
                raise MmcoreError(
                    f"the text '{text}' cannot be encoded, expected at most {LENGTH} small letters, digits"
                    " and marks"
                )
        return encode(texts).to(torch.uint8)

    def unit_counts(self, x: Tensor) -> Mapping[str, Tensor]:
        """Return the number of characters without padding, and the number of positions."""
        return counted(x, PAD)

    def baseline(self, raw: Tensor) -> Distribution:
        """Return a unigram model of the characters of the training strings."""
        return unigram(raw, next(self.parameters()).device)
