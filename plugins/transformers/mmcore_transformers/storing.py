"""What is computed once: arrays in the user's cache folder, and views with features beside values."""

import os
from collections.abc import Callable, Iterable
from hashlib import blake2b
from pathlib import Path

import numpy as np
import torch
from numpy.lib.format import open_memmap
from torch import Tensor, nn

from mmcore import MmcoreError, Noise
from mmcore.data import DerivedView, View

__all__ = ["Rows", "WithFeatures", "digest", "kept", "split_features", "weights_digest"]


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
        form: brings values to the shape that `split_features` is told.
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


def kept(
    key: str, shape: tuple[int, ...], kind: str, made: Callable[[], Iterable[Tensor]]
) -> Tensor:
    """Return the array under ``key``, memory-mapped; it is made if it is not there.

    Arguments:
        key: names everything that its content depends on, see `digest`.
        shape: of the whole array.
        kind: its type, as numpy names it.
        made: returns its rows, a chunk at a time.

    Raises:
        MmcoreError: the cache folder cannot be written to.
    """
    folder = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "mmcore" / "backbones"
    path = folder / f"{key}.npy"
    if not _is_whole(path, shape):
        try:
            _write(path, shape, kind, made())
        except OSError as error:
            raise MmcoreError(
                f"'{path}' cannot be written ({error.strerror}); make room there, or name another"
                " cache folder with XDG_CACHE_HOME"
            ) from error
    # Copy on write: nothing is ever written, and torch takes no array that is read-only.
    return torch.from_numpy(np.load(path, mmap_mode="c"))


def digest(*parts: str | bytes) -> str:
    """Return a name that depends on all ``parts`` and on where each begins."""
    made = blake2b(digest_size=16)
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        made.update(len(data).to_bytes(8, "big") + data)
    return made.hexdigest()


def weights_digest(module: nn.Module) -> str:
    """Return a name that depends on all weights of ``module``."""
    parts = []
    for name, value in module.state_dict().items():
        parts += [name, value.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().data]
    return digest(*parts)


def _is_whole(path: Path, shape: tuple[int, ...]) -> bool:
    try:
        return np.load(path, mmap_mode="r").shape == shape
    except (OSError, ValueError):
        return False  # none yet, or a damaged one, which is made anew


def _write(path: Path, shape: tuple[int, ...], kind: str, chunks: Iterable[Tensor]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    array, start = open_memmap(temporary, "w+", kind, shape), 0
    for chunk in chunks:
        array[start : start + len(chunk)] = chunk.numpy()
        start += len(chunk)
    array.flush()
    os.replace(temporary, path)
