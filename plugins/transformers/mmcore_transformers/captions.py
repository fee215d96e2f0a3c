"""The texts of ``hf-text``: the data set of another modality, or sentences about digits."""

from pathlib import Path

import torch
from torch import Tensor

from mmcore import Noise
from mmcore.data import Dataset, Split, View
from mmcore.plugins import Context
from mmcore_transformers.borrowing import borrowed
from mmcore_transformers.sentences import sentences
from mmcore_transformers.settings import HfTextSettings

__all__ = ["Captions", "TextView", "captions"]

TEST_SHARE = 7
"""One sentence in this number is a test sentence; no sentence is in both splits."""


class TextView(View):
    """Texts in memory; their tensors are bytes of UTF-8.

    Arguments:
        texts: the texts.
        labels: (N,), the class of each text.
    """

    def __init__(self, texts: list[str], labels: Tensor) -> None:
        self._texts, self._labels = texts, labels
        self._longest = max(len(text.encode()) for text in texts)

    def __len__(self) -> int:
        """Return the number of texts."""
        return len(self._texts)

    @property
    def labels(self) -> Tensor:
        """The class of each text."""
        return self._labels

    def texts(self, indices: Tensor) -> list[str]:
        """Return the texts of ``indices``."""
        return [self._texts[place] for place in indices.tolist()]

    def fetch(self, indices: Tensor, noise: Noise) -> Tensor:
        """Return the bytes of the texts in UTF-8, (B, longest) uint8, zeros after the end."""
        rows = [text.encode().ljust(self._longest, b"\0") for text in self.texts(indices)]
        return torch.tensor(list(map(list, rows)), dtype=torch.uint8)


class Captions(Dataset):
    """Sentences about digits from a small grammar; real data and sample are the same."""

    def load(self, root: Path, split: Split) -> View:
        """Return the sentences."""
        return self.sample(split)

    def sample(self, split: Split) -> View:
        """Return the sentences of a split."""
        wanted = [
            (text, digit)
            for place, (text, digit) in enumerate(sentences())
            if (place % TEST_SHARE == 0) == (split == "test")
        ]
        texts, digits = zip(*wanted, strict=True)
        return TextView(list(texts), torch.tensor(digits))


def captions(settings: HfTextSettings, context: Context) -> Dataset:
    """Return the data set of the modality in the option ``captions``, or the sentences."""
    if settings.captions is None:
        return Captions(settings, context)
    return borrowed(settings.captions, "captions", context)
