"""The words of the ten digits, each at a random position in a string."""

from pathlib import Path

import torch
from torch import Tensor

from mmcore import Noise
from mmcore.data import Dataset, Split, View
from mmcore_text.alphabet import LENGTH, decode, encode

WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


class Words(View):
    """The ten words, each at a new random position whenever it is fetched.

    The position of the first character is in 0 .. 8 - 1 - length; the last character is always a space.
    """

    def __init__(self) -> None:
        self._places = torch.tensor([LENGTH - len(word) for word in WORDS])
        # Every word at every position that it can have, (10, 5, 8): fetching a batch is one look-up.
        written = torch.stack([_at_every_place(word) for word in WORDS])
        self._most, self._written = written.shape[1], written.flatten(0, 1)

    def __len__(self) -> int:
        """Return the number of words, 10."""
        return len(WORDS)

    @property
    def labels(self) -> Tensor:
        """The digit of each word."""
        return torch.arange(len(WORDS))

    def texts(self, indices: Tensor) -> list[str]:
        """Return the words without padding."""
        return [WORDS[place] for place in indices.tolist()]

    def fetch(self, indices: Tensor, noise: Noise) -> Tensor:
        """Return the words of ``indices``, (B, 8) uint8, at positions drawn from ``noise``."""
        starts = (noise.uniform("start") * self._places.index_select(0, indices)).long()
        return self._written.index_select(0, indices * self._most + starts)


def _at_every_place(word: str) -> Tensor:
    most = LENGTH - min(map(len, WORDS))
    return encode([(" " * start + word)[:LENGTH] for start in range(most)]).to(torch.uint8)


def digits_read(places: Tensor) -> Tensor:
    """Return the digit of the word in each row of (B, 8) indices, padding ignored, or -1 if there is none."""
    strings = [text.strip(" ") for text in decode(places)]
    return torch.tensor([WORDS.index(text) if text in WORDS else -1 for text in strings])


class TextData(Dataset):
    """The words, which need no file: real data and sample are the same."""

    def load(self, root: Path, split: Split) -> View:
        """Return the words."""
        return Words()

    def sample(self, split: Split) -> View:
        """Return the words."""
        return Words()
