"""The networks and the likelihood of ``celeba-text``."""

from collections.abc import Mapping

import torch
from mmcore_text.alphabet import ALPHABET
from mmcore_text.units import counted, unigram
from torch import Tensor, nn
from torch.distributions import Distribution

from mmcore import MmcoreError
from mmcore.modality import Classifier
from mmcore.nn import PosteriorHead, SequenceModality
from mmcore.plugins import Context
from mmcore.widgets import Choices
from mmcore_celeba.drawing import draw_strings
from mmcore_celeba.residual import Blocks, Residual
from mmcore_celeba.settings import TextSettings
from mmcore_celeba.strings import KNOWN, LENGTH, PAD, SEPARATOR, places, read


class CelebaText(SequenceModality):
    """Strings of 256 characters with residual networks and a categorical likelihood.

    A value is the index of each character in the alphabet, (256,). The likelihood is the softmax of
    the logits of the decoder at each position.

    References:
        Sutter, Daunhawer, Vogt (2020), experiment CelebA.
    """

    def __init__(self, settings: TextSettings, context: Context) -> None:
        w, share = settings.width, settings.dropout

        def down(a: int, b: int, **place: int) -> Residual:
            return Residual(nn.Conv1d, nn.Dropout, a * w, b * w, share, True, **place)

        def up(a: int, b: int, **place: int) -> Residual:
            return Residual(nn.ConvTranspose1d, nn.Dropout, a * w, b * w, share, True, **place)

        narrowing = [down(1, 2), down(2, 3), down(3, 4), down(4, 5), down(5, 5)]
        widening = [up(5, 5), up(5, 4), up(4, 3), up(3, 2), up(2, 1)]
        encoder = nn.Sequential(
            nn.Conv1d(len(ALPHABET), w, 4, stride=2, padding=1),
            Blocks([*narrowing, down(5, 5, padding=0)], settings.checkpointing),
            nn.Flatten(),
            PosteriorHead(5 * w, context.content_dim, context.style_dim),
        )
        decoder = nn.Sequential(
            nn.Linear(context.latent_dim, 5 * w),
            nn.Unflatten(1, (5 * w, 1)),
            Blocks([up(5, 5, stride=1, padding=0), *widening], settings.checkpointing),
            nn.ConvTranspose1d(w, len(ALPHABET), 4, stride=2, padding=1),
        )
        super().__init__(encoder, decoder, len(ALPHABET))

    @property
    def event_shape(self) -> torch.Size:
        """The length of a string."""
        return torch.Size((LENGTH,))

    def render(self, x: Tensor) -> Tensor:
        """Return images of the strings, in lines and without padding."""
        return draw_strings(x)

    def classifier(self, classes: int) -> Classifier:
        """Return a small convolutional network over probabilities of characters."""
        body = nn.Sequential(
            nn.Conv1d(len(ALPHABET), 64, 5, padding=2),
            nn.ReLU(inplace=True),
            nn.Conv1d(64, 64, 5, stride=2, padding=2),
            nn.ReLU(inplace=True),
            nn.Conv1d(64, 128, 5, padding=2),
            nn.ReLU(inplace=True),
            nn.AdaptiveMaxPool1d(1),
            nn.Flatten(),
            nn.Linear(128, 128),
            nn.ReLU(inplace=True),
        )
        return Classifier(body, nn.Linear(128, classes))

    def texts(self, x: Tensor) -> list[str]:
        """Return the strings without padding."""
        return read(x)

    def tokens(self, texts: list[str]) -> Tensor:
        """Return the indices of the characters of texts, padded at the end."""
        for text in texts:
            if len(text) > LENGTH or not set(text) <= set(ALPHABET):
                raise MmcoreError(
                    f"the text '{text[:20]}' cannot be encoded, expected at most {LENGTH} small letters,"
                    " digits and marks"
                )
        return places(texts)

    def widget(self) -> Choices:
        """Return the names of the attributes."""
        return Choices(tuple(KNOWN.split(SEPARATOR)), SEPARATOR)

    def unit_counts(self, x: Tensor) -> Mapping[str, Tensor]:
        """Return the number of characters without padding, and the number of positions."""
        return counted(x, PAD)

    def baseline(self, raw: Tensor) -> Distribution:
        """Return a unigram model of the characters of the training strings, padding included."""
        return unigram(raw, next(self.parameters()).device)
