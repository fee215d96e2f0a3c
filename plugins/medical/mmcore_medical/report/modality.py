"""The networks of ``report``."""

import torch
from mmcore_characters.modality import Characters
from torch import Tensor, nn
from torch.distributions import Distribution

from mmcore import MmcoreError, Modality, Posterior
from mmcore.likelihoods import CategoricalSequence
from mmcore.nn import PosteriorHead
from mmcore.plugins import Context
from mmcore_medical.report.settings import ReportSettings
from mmcore_medical.sequences import Lengthening, Shortening

APART = 2
"""Symbols beside the vocabulary: the end, and what is unknown."""


class Words(Modality):
    """Reports of one length, by word, with 1-D convolutions and a categorical likelihood.

    A value is the place of each word, (length,): 0 after the end, 1 for a word that is not in the
    vocabulary, from 2 on the vocabulary.
    """

    def __init__(self, settings: ReportSettings, context: Context) -> None:
        super().__init__()
        if not settings.symbols or settings.length is None:
            raise MmcoreError(
                "reports have no vocabulary or length yet: they are fitted from the records of a study;"
                " train with mmcore train --config STUDY.yaml"
            )
        self.length, width = settings.length, settings.width
        symbols = len(settings.symbols) + APART
        self.embedding = nn.Embedding(symbols, width)
        self.shortening = Shortening(width, width, self.length)
        self.head = PosteriorHead(self.shortening.features, context.content_dim, context.style_dim)
        self.lengthening = Lengthening(context.latent_dim, symbols, width, self.length)

    @property
    def event_shape(self) -> torch.Size:
        """A place for each word."""
        return torch.Size((self.length,))

    def encode(self, x: Tensor) -> Posterior:
        """Encode places in the vocabulary."""
        embedded = self.embedding(x).transpose(1, 2)
        posterior: Posterior = self.head(self.shortening(embedded))
        return posterior

    def decode(self, content: Tensor, style: Tensor) -> Distribution:
        """Return the softmax over all symbols at every place."""
        return CategoricalSequence(self.lengthening(torch.cat([content, style], dim=-1)))

    def prepare(self, raw: Tensor) -> Tensor:
        """Turn stored 16 bits into places."""
        return raw.long()


def report(settings: ReportSettings, context: Context) -> Modality:
    """Return the modality, by word or by character."""
    if settings.level == "characters":
        return Characters(settings.characters, context)
    return Words(settings, context)
