"""Joining of the items of several views to samples, by key or by label."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from mmcore.data.pairing import pair_by_label
from mmcore.data.view import View
from mmcore.errors import MmcoreError, listed

__all__ = ["join_by_key", "pair_views"]

NAMED = 3
"""Number of keys in an error."""


def pair_views(views: Mapping[str, View], pairings: int, seed: int) -> Tensor:
    """Return a table whose rows name one item of each view.

    If all views have keys, they are joined one to one by key, and ``pairings`` has no effect. Otherwise
    they are paired by label, ``pairings`` times. The rows of a single view are its items.

    Shapes:
        returns: (N, M), int64.

    Raises:
        MmcoreError: views cannot be joined, or have no key or label in common.
    """
    keys = {name: view.keys for name, view in views.items() if view.keys is not None}
    if len(views) > 1 and len(keys) == len(views):
        return join_by_key(keys)
    several = [name for name, view in views.items() if view.labels.dim() > 1]
    if several and len(views) > 1:
        raise MmcoreError(
            f"{several[0]} has several labels for each item and can be joined by key alone, but"
            f" {listed(views.keys() - keys.keys())} has no keys; train it with modalities of the same items"
        )
    return pair_by_label([view.labels for view in views.values()], pairings, seed)


def join_by_key(keys: Mapping[str, Sequence[str]]) -> Tensor:
    """Return a table whose rows name the items of each view that have the same key.

    Rows are in the order of the first view; an item whose key is not in all views is left out.

    Shapes:
        keys[m]: (N_m,). returns: (N, M), int64.

    Raises:
        MmcoreError: a view has a key twice, or no key is in all of them.

    Example:
        >>> join_by_key({"face": ["1.jpg", "2.jpg"], "text": ["2.jpg", "3.jpg"]}).tolist()
        [[1, 0]]
    """
    places = [_places(name, own) for name, own in keys.items()]
    shared = [key for key in places[0] if all(key in own for own in places[1:])]
    if not shared:
        first = "; ".join(f"{name} {', '.join(own[:NAMED])}" for name, own in keys.items())
        raise MmcoreError(f"the modalities share no key to be joined by; their first are: {first}")
    return torch.tensor([[own[key] for own in places] for key in shared])


def _places(name: str, keys: Sequence[str]) -> dict[str, int]:
    places = {key: place for place, key in enumerate(keys)}
    if len(places) < len(keys):
        twice = next(key for place, key in enumerate(keys) if places[key] != place)
        raise MmcoreError(f"{name} has the key '{twice}' twice; give each item a unique key")
    return places
