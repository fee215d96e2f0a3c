"""A source that hides some of its values."""

from copy import copy
from dataclasses import replace

import torch
from torch import Tensor

from mmcore.batch import Batch
from mmcore.data.source import Source
from mmcore.noise import Noise, derived_seed

__all__ = ["Dropped"]


class Dropped(Source):
    """Hides a share of all values at random, but never all modalities of a sample.

    The hidden values of a sample are the same in every call of `fetch`.

    Arguments:
        source: of the samples.
        share: share of the values that are hidden, in [0, 1).
        modalities: number of modalities of the source.
        seed: of the choice.
    """

    def __init__(self, source: Source, share: float, modalities: int, seed: int) -> None:
        self._source = source
        generator = torch.Generator().manual_seed(derived_seed("drop", seed))
        draws = torch.rand(len(source), modalities, generator=generator)
        visible = draws >= share
        # The value with the largest draw is visible, so that every sample has a value.
        self._visible = visible.scatter(1, draws.argmax(1, keepdim=True), True)

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(self._source)

    def fetch(self, indices: Tensor, noise: Noise) -> Batch:
        """Return the samples ``indices``, (B,), with the hidden values marked as absent."""
        batch = self._source.fetch(indices, noise)
        visible = self._visible[indices].unbind(1)
        present = {
            name: batch.present[name] & mask
            for name, mask in zip(batch.values, visible, strict=True)
        }
        # The sample may lack the only visible value: then all of its values are visible.
        empty = ~torch.stack(list(present.values())).any(0)
        present = {name: mask | batch.present[name] & empty for name, mask in present.items()}
        return replace(batch, present=present, complete=frozenset())

    @property
    def nbytes(self) -> int:
        """The size of all values of the source."""
        return self._source.nbytes

    def on(self, device: torch.device) -> "Dropped":
        """Return the same samples of the source on ``device``."""
        moved_copy = copy(self)
        moved_copy._source = self._source.on(device)
        return moved_copy

    def positions(self) -> Tensor | None:
        """Return where each sample lies in a file."""
        return self._source.positions()
