"""Attributes in words: strings, and the view that writes each at a random start."""

from collections.abc import Sequence

import numpy as np
import torch
from mmcore_text.alphabet import ALPHABET, decode
from torch import Tensor

from mmcore import MmcoreError, Noise
from mmcore_celeba.attributed import Attributed

LENGTH = 256
SEPARATOR = ", "
PAD = "*"


def described(names: Sequence[str], attributes: np.ndarray) -> list[str]:
    """Return the attributes that each item has, in words, (N,).

    They stand in the order of the data set; what is absent is not mentioned. Where they do not fit
    into 256 characters, the last ones are left out whole.

    Example:
        >>> described(["5_o_Clock_Shadow", "Bald", "Male"], np.array([[1, 0, 1]]))
        ['5 o clock shadow, male']
    """
    words = [name.replace("_", " ").lower() for name in names]
    return [_fitting([words[place] for place in np.flatnonzero(row)]) for row in attributes]


def _fitting(present: list[str]) -> str:
    while len(text := SEPARATOR.join(present)) > LENGTH:
        present = present[:-1]
    return text


def places(strings: Sequence[str]) -> Tensor:
    """Return the places of the characters in the alphabet, (N, 256) uint8, padded at the end.

    Raises:
        MmcoreError: a character is not in the alphabet.
    """
    strange = sorted(set().union(*strings) - set(ALPHABET))
    if strange:
        raise MmcoreError(
            f"the name of an attribute has the character '{strange[0]}', expected English letters, digits"
            " and _; rename it in the attribute list"
        )
    table = np.zeros(128, dtype=np.uint8)
    table[[ord(character) for character in ALPHABET]] = np.arange(len(ALPHABET))
    letters = "".join(text.ljust(LENGTH, PAD) for text in strings).encode("ascii")
    codes = table[np.frombuffer(letters, dtype=np.uint8)].reshape(len(strings), LENGTH)
    return torch.from_numpy(codes)


def read(codes: Tensor) -> list[str]:
    """Return the strings of (B, 256) places without what pads them."""
    return [text.strip(PAD) for text in decode(codes)]


class Descriptions(Attributed):
    """Strings that begin at another place whenever they are read.

    The start is one of 0 .. 254 - length, so that the last cell stays empty where there is room.

    Arguments:
        keys: what each item is known by, (N,).
        names: of the attributes, (L,).
        attributes: (N, L), 0 or 1.
    """

    def __init__(self, keys: Sequence[str], names: Sequence[str], attributes: np.ndarray) -> None:
        super().__init__(keys, names, attributes)
        strings = described(names, attributes)
        self._codes = places(strings)
        self._starts = torch.tensor([max(LENGTH - 1 - len(text), 1) for text in strings])

    def texts(self, indices: Tensor) -> list[str]:
        """Return the strings without what pads them."""
        return read(self._codes[indices])

    def fetch(self, indices: Tensor, noise: Noise) -> Tensor:
        """Return the strings of ``indices``, (B, 256) uint8, from starts drawn from ``noise``."""
        starts = (noise.uniform("start") * self._starts[indices]).long()
        # What is rolled over the end is padding, for there is room for it.
        turned = (torch.arange(LENGTH) - starts.unsqueeze(1)) % LENGTH
        return self._codes[indices].gather(1, turned)
