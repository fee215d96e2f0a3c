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
"""Number of symbols besides the vocabulary: the end, and an unknown word."""


class Words(Modality):
    """Reports as sequences of words, with 1-D convolutions and a categorical likelihood.

    A value is the symbol at each position, (length,): 0 after the end, 1 for a word that is not in the
    vocabulary, n + 2 for word n of the vocabulary.
    """

    def __init__(self, settings: ReportSettings, context: Context) -> None:
        super().__init__()
        if not settings.symbols or settings.length is None:
            raise MmcoreError(
                "report has no vocabulary or no length; mmcore train --config STUDY.yaml sets both from"
                " the training records"
            )
        self.length, width = settings.length, settings.width
        symbols = len(settings.symbols) + APART
        self.embedding = nn.Embedding(symbols, width)
        self.shortening = Shortening(width, width, self.length)
        self.head = PosteriorHead(self.shortening.features, context.content_dim, context.style_dim)
        self.lengthening = Lengthening(context.latent_dim, symbols, width, self.length)

    @property
    def event_shape(self) -> torch.Size:
        """The length of a report."""
        return torch.Size((self.length,))

    def encode(self, x: Tensor) -> Posterior:
        """Return the posteriors of reports."""
        embedded = self.embedding(x).transpose(1, 2)
        posterior: Posterior = self.head(self.shortening(embedded))
        return posterior

    def decode(self, content: Tensor, style: Tensor) -> Distribution:
        """Return the softmax over the symbols at each position."""
        return CategoricalSequence(self.lengthening(torch.cat([content, style], dim=-1)))

    def prepare(self, raw: Tensor) -> Tensor:
        """Return stored 16 bits as indices."""
        return raw.long()


def report(settings: ReportSettings, context: Context) -> Modality:
    """Return the modality of words or of characters."""
    if settings.level == "characters":
        return Characters(settings.characters, context)
    return Words(settings, context)
