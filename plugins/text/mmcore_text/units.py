"""What the likelihood of a string is told by: its characters, and a unigram model beside it."""

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.distributions import Categorical, Independent

from mmcore_text.alphabet import ALPHABET

__all__ = ["counted", "unigram"]


def counted(places: Tensor, blank: str) -> Mapping[str, Tensor]:
    """Return how many characters each row of (B, L) places has, and how many places, (B,).

    What pads a string, ``blank``, is scored and written nowhere: it takes a place, and is no character.
    """
    written = (places != ALPHABET.index(blank)).sum(-1)
    return {"character": written, "place": torch.full_like(written, places.shape[-1])}


def unigram(places: Tensor, device: torch.device) -> Independent:
    """Return independent places with the shares of the characters in (N, L) places, padding too.

    One more of each character is counted, so that none is impossible.
    """
    counts = torch.bincount(places.flatten().long(), minlength=len(ALPHABET)) + 1
    shares = (counts.double() / counts.sum()).to(device, torch.float32)
    each = Categorical(shares, validate_args=False).expand(torch.Size(places.shape[-1:]))
    return Independent(each, 1, validate_args=False)
