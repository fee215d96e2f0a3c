"""Texts that list attributes, and a view with each text at a random position."""

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
KNOWN = (
    "5 o clock shadow, arched eyebrows, attractive, bags under eyes, bald, bangs, big lips, big nose, "
    "black hair, blond hair, blue background, blurry, brown hair, bushy eyebrows, chubby, dark skin, "
    "double chin, eyeglasses, full beard, goatee, gray hair, heavy makeup, high cheekbones, long "
    "hair, male, mouth slightly open, mustache, narrow eyes, no beard, oval face, pale skin, pointy "
    "nose, receding hairline, rosy cheeks, sideburns, smiling, straight hair, wavy hair, wearing "
    "earrings, wearing hat, wearing lipstick, wearing necklace, wearing necktie, young"
)
"""The names of the attributes of CelebA and of the drawn faces, in the order of the texts."""


def described(names: Sequence[str], attributes: np.ndarray) -> list[str]:
    """Return a text with the names of the attributes of each item, (N,).

    The order is that of the data set. If the names do not fit into 256 characters, the last ones are
    omitted.

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
    """Return the index of each character in the alphabet, (N, 256) uint8, padded at the end.

    Raises:
        MmcoreError: a character is not in the alphabet.
    """
    unknown = sorted(set().union(*strings) - set(ALPHABET))
    if unknown:
        raise MmcoreError(
            f"the name of an attribute contains '{unknown[0]}', expected English letters, digits and"
            " _; rename it in the attribute list"
        )
    table = np.zeros(128, dtype=np.uint8)
    table[[ord(character) for character in ALPHABET]] = np.arange(len(ALPHABET))
    letters = "".join(text.ljust(LENGTH, PAD) for text in strings).encode("ascii")
    codes = table[np.frombuffer(letters, dtype=np.uint8)].reshape(len(strings), LENGTH)
    return torch.from_numpy(codes)


def read(codes: Tensor) -> list[str]:
    """Return the strings of (B, 256) indices without padding."""
    return [text.strip(PAD) for text in decode(codes)]


class Descriptions(Attributed):
    """Strings, each at a new random position whenever it is fetched.

    The position of the first character is in 0 .. 254 - length, so that the last character is padding.

    Arguments:
        keys: identifies each item, (N,).
        names: names of the attributes, (L,).
        attributes: (N, L), 0 or 1.
    """

    def __init__(self, keys: Sequence[str], names: Sequence[str], attributes: np.ndarray) -> None:
        super().__init__(keys, names, attributes)
        strings = described(names, attributes)
        self._codes = places(strings)
        self._starts = torch.tensor([max(LENGTH - 1 - len(text), 1) for text in strings])

    def texts(self, indices: Tensor) -> list[str]:
        """Return the strings without padding."""
        return read(self._codes[indices])

    def fetch(self, indices: Tensor, noise: Noise) -> Tensor:
        """Return the strings of ``indices``, (B, 256) uint8, at positions drawn from ``noise``."""
        starts = (noise.uniform("start") * self._starts[indices]).long()
        # Only padding is rolled over the end.
        turned = (torch.arange(LENGTH) - starts.unsqueeze(1)) % LENGTH
        return self._codes[indices].gather(1, turned)
