"""The items of one modality."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from torch import Tensor

from mmcore.errors import MmcoreError
from mmcore.noise import Noise

__all__ = ["DerivedView", "TensorView", "View"]


class View(ABC):
    """The items of one modality in one split, of which whole batches are read at once.

    MUST: `__len__`, `labels`, `fetch`.

    MAY: `keys`, `label_names`, `texts`.
    """

    # -- MUST ------------------------------------------------------------------------------------

    @abstractmethod
    def __len__(self) -> int:
        """How many items there are."""

    @property
    @abstractmethod
    def labels(self) -> Tensor:
        """The class of each item, (N,), or its binary attributes, (N, L)."""

    @abstractmethod
    def fetch(self, indices: Tensor, noise: Noise) -> Tensor:
        """Return the values of ``indices``, (B, *E), a pure function of both arguments."""

    # -- MAY -------------------------------------------------------------------------------------

    @property
    def keys(self) -> Sequence[str] | None:
        """What each item is known by, (N,), no two alike, or None.

        Views that have keys are joined by them, one item to one; others are paired by their class.
        """
        return None

    @property
    def label_names(self) -> Sequence[str] | None:
        """The name of each attribute, (L,), or None."""
        return None

    def texts(self, indices: Tensor) -> list[str] | None:
        """Return the items ``indices`` as texts, or None, the default, where they are none."""
        return None


class DerivedView(View):
    """The items of another view with other values; whatever else is known of them stays.

    MUST: `fetch`.

    Arguments:
        view: whose items they are.
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
        """What each item is known by."""
        return self._view.keys

    @property
    def label_names(self) -> Sequence[str] | None:
        """The name of each attribute."""
        return self._view.label_names

    def texts(self, indices: Tensor) -> list[str] | None:
        """Return the texts of the view."""
        return self._view.texts(indices)


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
