"""Items of which a name and binary attributes are known."""

from abc import ABC
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from mmcore.data import View


class Attributed(View, ABC):
    """What both modalities say of their items.

    MUST: `fetch`.

    Arguments:
        keys: what each item is known by, (N,).
        names: of the attributes, (L,).
        attributes: (N, L), 0 or 1.
    """

    def __init__(self, keys: Sequence[str], names: Sequence[str], attributes: np.ndarray) -> None:
        self._keys, self._names = tuple(keys), tuple(names)
        self._attributes = torch.from_numpy(attributes)

    def __len__(self) -> int:
        """Return N."""
        return len(self._keys)

    @property
    def labels(self) -> Tensor:
        """The attributes."""
        return self._attributes

    @property
    def keys(self) -> Sequence[str]:
        """The file names of the pictures."""
        return self._keys

    @property
    def label_names(self) -> Sequence[str]:
        """The names of the attributes."""
        return self._names
