"""Texts as symbols, and symbols as texts."""

from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor

END, UNKNOWN = 0, 1
"""Symbols of positions after the end of a text, and of characters that are not in the alphabet."""
FIRST = 2
SHOWN_UNKNOWN = "\ufffd"


def symbols_of(texts: list[str], alphabet: str, length: int) -> Tensor:
    """Return the symbol of each character, (N, length) bytes, 0 after the end; longer texts are cut."""
    places = {character: FIRST + n for n, character in enumerate(alphabet)}
    values = np.full((len(texts), length), END, dtype=np.uint8)
    for row, text in enumerate(texts):
        kept = text[:length]
        values[row, : len(kept)] = [places.get(character, UNKNOWN) for character in kept]
    return torch.from_numpy(values)


def texts_of_symbols(values: Tensor, alphabet: str) -> list[str]:
    """Return the texts, each up to its end."""
    shown = ["", SHOWN_UNKNOWN, *alphabet]
    return ["".join(shown[place] for place in _until_end(row)) for row in values.long().tolist()]


def _until_end(row: list[int]) -> Iterable[int]:
    return row[: row.index(END)] if END in row else row
