"""The networks and the likelihood of ``characters``."""

import math

import torch
from torch import Tensor, nn

from mmcore import MmcoreError
from mmcore.nn import Crop, PosteriorHead, SequenceModality
from mmcore.plugins import Context
from mmcore_characters.settings import CharacterSettings
from mmcore_characters.symbols import FIRST, symbols_of, texts_of_symbols

SMALLEST = 4
"""Smallest length of the last layer of the encoder."""


class Characters(SequenceModality):
    """Texts of one length with convolutional networks and a categorical likelihood.

    A value is the symbol at each position, (length,): 0 after the end, 1 for a character that is not
    in the alphabet, n + 2 for character n of the alphabet.
    """

    def __init__(self, settings: CharacterSettings, context: Context) -> None:
        if settings.alphabet is None or settings.length is None:
            raise MmcoreError(
                "characters has no alphabet or no length; mmcore train --config STUDY.yaml sets both from the"
                " training records, or set the options alphabet and length"
            )
        length, symbols = settings.length, len(settings.alphabet) + FIRST
        w = settings.width
        halvings = max(0, int(math.log2(max(length / SMALLEST, 1))))
        last = -(-length // 2**halvings)
        down: list[nn.Module] = [nn.Conv1d(symbols, w, 1), nn.ReLU(inplace=True)]
        up: list[nn.Module] = []
        for _ in range(halvings):
            down += [nn.Conv1d(w, w, 4, stride=2, padding=1), nn.ReLU(inplace=True)]
            up += [nn.ConvTranspose1d(w, w, 4, stride=2, padding=1), nn.ReLU(inplace=True)]
        encoder = nn.Sequential(
            *down,
            nn.AdaptiveAvgPool1d(last),
            nn.Flatten(),
            PosteriorHead(w * last, context.content_dim, context.style_dim),
        )
        decoder = nn.Sequential(
            nn.Linear(context.latent_dim, w * last),
            nn.ReLU(inplace=True),
            nn.Unflatten(1, (w, last)),
            *up,
            nn.Conv1d(w, symbols, 1),
            Crop(length),
        )
        super().__init__(encoder, decoder, symbols)
        self.length, self._alphabet, self._lower = length, settings.alphabet, settings.lower

    @property
    def event_shape(self) -> torch.Size:
        """The length of a text."""
        return torch.Size((self.length,))

    def texts(self, x: Tensor) -> list[str]:
        """Return the texts, each up to its end."""
        return texts_of_symbols(x, self._alphabet)

    def tokens(self, texts: list[str]) -> Tensor:
        """Return the symbols of texts; a character that is not in the alphabet is the unknown one."""
        longest = max(texts, key=len, default="")
        if len(longest) > self.length:
            raise MmcoreError(
                f"the text '{longest[:20]}' has {len(longest)} characters, expected at most {self.length}"
            )
        given = [text.lower() for text in texts] if self._lower else texts
        return symbols_of(given, self._alphabet, self.length)
