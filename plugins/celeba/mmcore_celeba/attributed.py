"""Items with a key and binary attributes."""

from abc import ABC
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from mmcore.data import View


class Attributed(View, ABC):
    """The keys and the attributes of the items of both modalities.

    MUST: `fetch`.

    Arguments:
        keys: identifies each item, (N,).
        names: names of the attributes, (L,).
        attributes: (N, L), 0 or 1.
    """

    def __init__(self, keys: Sequence[str], names: Sequence[str], attributes: np.ndarray) -> None:
        self._keys, self._names = tuple(keys), tuple(names)
        self._attributes = torch.from_numpy(attributes)

    def __len__(self) -> int:
        """Return the number of items N."""
        return len(self._keys)

    @property
    def labels(self) -> Tensor:
        """The attributes, (N, L)."""
        return self._attributes

    @property
    def keys(self) -> Sequence[str]:
        """The file names of the images."""
        return self._keys

    @property
    def label_names(self) -> Sequence[str]:
        """The names of the attributes."""
        return self._names
