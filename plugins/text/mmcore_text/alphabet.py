"""The alphabet of 71 characters, and strings as tensors of indices in it."""

import string

import torch
from torch import Tensor

ALPHABET = string.ascii_lowercase + string.digits + "-,;.!?:'\"/\\|_@#$%^&*~`+=<>()[]{} \n\t"
LENGTH = 8


def encode(strings: list[str], length: int = LENGTH) -> Tensor:
    """Return the index of each character, (N, length), padded with spaces at the end."""
    return torch.tensor([[ALPHABET.index(c) for c in text.ljust(length)] for text in strings])


def decode(indices: Tensor) -> list[str]:
    """Return the strings of (N, length) indices, padding included."""
    return ["".join(ALPHABET[index] for index in row) for row in indices.tolist()]
