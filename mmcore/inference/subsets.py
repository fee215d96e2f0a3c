"""Subsets of modalities, and how they are named."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import torch
from torch import Tensor

from mmcore.codec import Encoding
from mmcore.distributions import Gaussian

__all__ = ["having", "restricted", "selected", "subset_name", "subsets"]

ALL_UP_TO = 5


def subsets(names: Sequence[str]) -> list[tuple[str, ...]]:
    """Return every subset, small ones first; above five modalities only some.

    There are 2^M - 1. Above M = 5 these are each modality alone, all but one, and all of them.

    Example:
        >>> [subset_name(subset) for subset in subsets(["a", "b"])]
        ['a', 'b', 'a+b']
    """
    sizes = range(1, len(names) + 1)
    if len(names) > ALL_UP_TO:
        sizes = [1, len(names) - 1, len(names)]  # type: ignore[assignment]
    return [subset for size in sizes for subset in combinations(names, size)]


def subset_name(subset: Sequence[str]) -> str:
    """Return the name of a subset, its modalities joined by ``+``."""
    return "+".join(subset)


def restricted(encoding: Encoding, names: Sequence[str], subset: Sequence[str]) -> Encoding:
    """Return the encoding as if only the modalities of ``subset`` had been given.

    Arguments:
        encoding: of everything, so that the encoders run once for all subsets.
        names: all modalities, in the order of the codec.
        subset: those that are kept.
    """
    chosen = torch.tensor([name in subset for name in names], device=encoding.present.device)
    return replace(encoding, present=encoding.present & chosen.unsqueeze(1))


def having(encoding: Encoding, names: Sequence[str], subset: Sequence[str]) -> Tensor:
    """Return which rows have all modalities of ``subset``, (B,)."""
    return torch.stack([encoding.present[list(names).index(name)] for name in subset]).all(0)


def selected(encoding: Encoding, rows: Tensor) -> Encoding:
    """Return the encoding of the rows that the mask, (B,), selects."""

    def kept(q: Gaussian) -> Gaussian:
        return Gaussian(q.loc[..., rows, :], q.logvar[..., rows, :])

    return Encoding(
        kept(encoding.content),
        encoding.present[:, rows],
        {name: kept(style) for name, style in encoding.styles.items()},
        {name: value[rows] for name, value in encoding.values.items()},
    )
