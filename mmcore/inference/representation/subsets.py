"""Subsets of modalities and their names."""

from collections.abc import Sequence
from itertools import combinations

__all__ = ["subset_name", "subsets"]

ALL_UP_TO = 5


def subsets(names: Sequence[str]) -> list[tuple[str, ...]]:
    """Return the non-empty subsets of the modalities, in order of size.

    Up to M = 5 these are all 2^M - 1. Above, they are each modality alone, all but one, and all.

    Example:
        >>> [subset_name(subset) for subset in subsets(["a", "b"])]
        ['a', 'b', 'a+b']
    """
    count = len(names)
    sizes = range(1, count + 1) if count <= ALL_UP_TO else (1, count - 1, count)
    return [subset for size in sizes for subset in combinations(names, size)]


def subset_name(subset: Sequence[str]) -> str:
    """Return the name of a subset: its modalities joined by ``+``."""
    return "+".join(subset)
