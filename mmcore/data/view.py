"""The items of one modality."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from copy import copy

import torch
from torch import Tensor

from mmcore.batch import moved
from mmcore.errors import MmcoreError
from mmcore.noise import Noise

__all__ = ["DerivedView", "TensorView", "View"]


class View(ABC):
    """The items of one modality in one split, which are read in batches.

    MUST: `__len__`, `labels`, `fetch`.

    MAY: `keys`, `label_names`, `texts`, `nbytes`, `on`.
    """

    # -- MUST ------------------------------------------------------------------------------------

    @abstractmethod
    def __len__(self) -> int:
        """Return the number of items."""

    @property
    @abstractmethod
    def labels(self) -> Tensor:
        """The class of each item, (N,), or its binary attributes, (N, L)."""

    @abstractmethod
    def fetch(self, indices: Tensor, noise: Noise) -> Tensor:
        """Return the values of the items ``indices``, (B, *E), a pure function of both arguments."""

    # -- MAY -------------------------------------------------------------------------------------

    @property
    def keys(self) -> Sequence[str] | None:
        """A unique key of each item, (N,), or None.

        Views with keys are joined by key, one item to one; other views are paired by class.
        """
        return None

    @property
    def label_names(self) -> Sequence[str] | None:
        """The name of each attribute, (L,), or None."""
        return None

    def texts(self, indices: Tensor) -> list[str] | None:
        """Return the items ``indices`` as texts, or None, the default, if they are no texts."""
        return None

    @property
    def nbytes(self) -> int:
        """The bytes that `on` copies to a device; 0, the default, for none."""
        return 0

    def on(self, device: torch.device) -> "View":
        """Return the same items, with values on ``device``; the default, itself, copies none."""
        return self


class DerivedView(View):
    """The items of another view with other values; labels, keys and texts stay the same.

    MUST: `fetch`.

    Arguments:
        view: of the items.
    """

    def __init__(self, view: View) -> None:
        self._view = view

    def __len__(self) -> int:
        """Return the number of items of the view."""
        return len(self._view)

    @property
    def labels(self) -> Tensor:
        """The class of each item."""
        return self._view.labels

    @property
    def keys(self) -> Sequence[str] | None:
        """The key of each item."""
        return self._view.keys

    @property
    def label_names(self) -> Sequence[str] | None:
        """The name of each attribute."""
        return self._view.label_names

    def texts(self, indices: Tensor) -> list[str] | None:
        """Return the texts of the view."""
        return self._view.texts(indices)


class TensorView(View):
    """Items in memory, in one tensor.

    Arguments:
        values: (N, *E), in the smallest type: uint8 for images.
        labels: (N,), the class of each.
    """

    def __init__(self, values: Tensor, labels: Tensor) -> None:
        if len(values) != len(labels):
            raise MmcoreError(f"{len(values)} items have {len(labels)} labels; give one to each")
        # Channels last, as convolutions are fastest then, and each item contiguous, so that a batch is
        # gathered item by item and not element by element.
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

    @property
    def nbytes(self) -> int:
        """The size of the tensor."""
        return self._items.nbytes

    def on(self, device: torch.device) -> "TensorView":
        """Return the same items, with the tensor on ``device``."""
        moved_copy = copy(self)
        moved_copy._items = self._items.to(device)
        return moved_copy

    def fetch(self, indices: Tensor, noise: Noise) -> Tensor:
        """Return the rows ``indices`` of the tensor; nothing is random."""
        items = self._items.index_select(0, moved(indices, self._items.device))
        return items.permute(0, 3, 1, 2) if self._is_picture else items
