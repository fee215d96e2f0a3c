"""The items of one modality."""

from abc import ABC, abstractmethod

from torch import Tensor

from mmcore.errors import MmcoreError
from mmcore.noise import Noise

__all__ = ["TensorView", "View"]


class View(ABC):
    """The items of one modality in one split, of which whole batches are read at once.

    MUST: `__len__`, `labels`, `fetch`.
    """

    @abstractmethod
    def __len__(self) -> int:
        """How many items there are."""

    @property
    @abstractmethod
    def labels(self) -> Tensor:
        """The class of each item, (N,), by which modalities are paired."""

    @abstractmethod
    def fetch(self, indices: Tensor, noise: Noise) -> Tensor:
        """Return the values of ``indices``, (B, *E), a pure function of both arguments."""


class TensorView(View):
    """Items that are held in memory as one tensor.

    Arguments:
        values: (N, *E), in the type that takes least room: uint8 for images.
        labels: (N,), the class of each.
    """

    def __init__(self, values: Tensor, labels: Tensor) -> None:
        if len(values) != len(labels):
            raise MmcoreError(f"{len(values)} items have {len(labels)} labels; give one to each")
        # Pixels before channels, as convolutions like it, and each item in one piece, so that a batch
        # is gathered item by item and not element by element.
        self._is_picture = values.dim() == 4
        self._items = (values.permute(0, 2, 3, 1) if self._is_picture else values).contiguous()
        self._labels = labels

    def __len__(self) -> int:
        """Return N."""
        return len(self._items)

    @property
    def labels(self) -> Tensor:
        """The class of each item."""
        return self._labels

    def fetch(self, indices: Tensor, noise: Noise) -> Tensor:
        """Return the rows ``indices`` of the tensor; nothing is random here."""
        items = self._items.index_select(0, indices)
        return items.permute(0, 3, 1, 2) if self._is_picture else items
