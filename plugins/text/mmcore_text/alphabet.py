"""The 71 characters, and strings as tensors of their places."""

import string

import torch
from torch import Tensor

ALPHABET = string.ascii_lowercase + string.digits + "-,;.!?:'\"/\\|_@#$%^&*~`+=<>()[]{} \n\t"
LENGTH = 8


def encode(strings: list[str], length: int = LENGTH) -> Tensor:
    """Return the places of the characters, (N, length), blanks after the end."""
    return torch.tensor([[ALPHABET.index(c) for c in text.ljust(length)] for text in strings])


def decode(places: Tensor) -> list[str]:
    """Return the strings of (N, length) places, with the blanks around them."""
    return ["".join(ALPHABET[place] for place in row) for row in places.tolist()]
