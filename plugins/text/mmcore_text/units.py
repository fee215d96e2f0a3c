"""The units of a string, and a unigram model as a baseline."""

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.distributions import Categorical, Independent

from mmcore_text.alphabet import ALPHABET

__all__ = ["counted", "unigram"]


def counted(places: Tensor, blank: str) -> Mapping[str, Tensor]:
    """Return the number of characters and of positions in each row of (B, L) indices, (B,).

    The padding character, ``blank``, has a likelihood and a position, and does not count as a character.
    """
    written = (places != ALPHABET.index(blank)).sum(-1)
    return {"character": written, "place": torch.full_like(written, places.shape[-1])}


def unigram(places: Tensor, device: torch.device) -> Independent:
    """Return a unigram model with the frequencies of the characters in (N, L) indices, padding included.

    Add-one smoothing gives every character a positive probability.
    """
    counts = torch.bincount(places.flatten().long(), minlength=len(ALPHABET)) + 1
    shares = (counts.double() / counts.sum()).to(device, torch.float32)
    each = Categorical(shares, validate_args=False).expand(torch.Size(places.shape[-1:]))
    return Independent(each, 1, validate_args=False)
