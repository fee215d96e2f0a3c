"""Values that are kept in the cache folder of the user, mapped into memory."""

import hashlib
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from uuid import uuid4

import numpy as np
import torch
from torch import Tensor

__all__ = ["kept"]


def kept(
    key: Iterable[str],
    shape: tuple[int, ...],
    kind: type[np.generic],
    fill: Callable[[np.ndarray], None],
) -> Tensor:
    """Return values that ``fill`` makes once; later they are mapped from the file, page by page.

    The file holds the values and nothing else, under a hash of ``key``, in ``mmcore/values`` of the
    user's cache folder; deleting it is safe.

    Arguments:
        key: whatever the values depend on: files with their sizes and times, settings.
        shape: of the values.
        kind: their type.
        fill: writes every element of an array of zeros.
    """
    if 0 in shape:
        return torch.from_numpy(np.zeros(shape, kind))
    made = hashlib.sha256("\n".join(["1", str(shape), kind.__name__, *key]).encode()).hexdigest()
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "mmcore" / "values"
    path = cache / f"{made[:32]}.npy"
    if not path.is_file():
        cache.mkdir(parents=True, exist_ok=True)
        temporary = cache / f".{uuid4().hex}.tmp"
        try:
            values = np.lib.format.open_memmap(temporary, "w+", kind, shape)
            fill(values)
            values.flush()
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
    # Copy on write: nothing that is done to the tensor reaches the file.
    return torch.from_numpy(np.load(path, mmap_mode="c", allow_pickle=False))
