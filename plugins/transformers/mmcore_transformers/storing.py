"""Rows that are computed once and cached on disk, and views with features beside values."""

from collections.abc import Callable, Iterable

import numpy as np
import torch
from torch import Tensor, nn

from mmcore import Noise
from mmcore.data import DerivedView, View
from mmcore.storage.arrays import cached_array
from mmcore.storage.files import digest

__all__ = ["Rows", "WithFeatures", "cached_rows", "split_features", "weights_digest"]


class Rows(DerivedView):
    """Items whose values are the rows of one tensor, memory-mapped perhaps.

    Arguments:
        view: whose items they are.
        values: (N, *E).
    """

    def __init__(self, view: View, values: Tensor) -> None:
        super().__init__(view)
        self._values = values

    def fetch(self, indices: Tensor, noise: Noise) -> Tensor:
        """Return rows; nothing is random here."""
        return self._values.index_select(0, indices)


class WithFeatures(DerivedView):
    """Values of a view, each with the features of a frozen encoder beside it, as bytes of one row.

    Arguments:
        view: the values; the same whenever they are read.
        features: (N, F), in the order of the view.
        form: reshapes values to the shape that `split_features` has.
    """

    def __init__(
        self, view: View, features: Tensor, form: Callable[[Tensor], Tensor] = lambda values: values
    ) -> None:
        super().__init__(view)
        self._features, self._form = features, form

    def fetch(self, indices: Tensor, noise: Noise) -> Tensor:
        """Return values and features, (B, bytes) uint8."""
        values = self._form(self._view.fetch(indices, noise)).flatten(1).contiguous()
        features = self._features.index_select(0, indices)
        return torch.cat([values.view(torch.uint8), features.view(torch.uint8)], dim=1)


def split_features(packed: Tensor, shape: torch.Size, kind: torch.dtype) -> tuple[Tensor, Tensor]:
    """Return the values, (B, *shape), and the features, (B, F), of rows that `WithFeatures` made."""
    size = shape.numel() * kind.itemsize
    values, features = packed[:, :size].contiguous(), packed[:, size:].contiguous()
    return values.view(kind).view(-1, *shape), features.view(torch.float32)


def cached_rows(
    key: Iterable[str | memoryview],
    shape: tuple[int, ...],
    dtype: str,
    chunks: Callable[[], Iterable[Tensor]],
) -> Tensor:
    """Return a memory-mapped tensor whose rows are computed at most once, see `cached_array`.

    Arguments:
        key: everything that the values depend on.
        shape: of the tensor.
        dtype: type of the values, as numpy names it.
        chunks: returns the rows in order, several at a time.
    """

    def fill(values: np.ndarray) -> None:
        start = 0
        for chunk in chunks():
            values[start : start + len(chunk)] = chunk.numpy()
            start += len(chunk)

    return torch.from_numpy(cached_array(key, shape, dtype, fill))


def weights_digest(module: nn.Module) -> str:
    """Return a hash of all weights of ``module``."""
    parts: list[str | memoryview] = []
    for name, value in module.state_dict().items():
        parts += [name, value.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().data]
    return digest(parts)
