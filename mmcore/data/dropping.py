"""A source with some of its values hidden."""

from dataclasses import replace

import torch
from torch import Tensor

from mmcore.batch import Batch
from mmcore.data.source import Source
from mmcore.noise import Noise, derived_seed

__all__ = ["Dropped"]


class Dropped(Source):
    """Hides a share of all values at random, but never all modalities of a sample.

    What is hidden belongs to the sample: it is the same whenever the sample is read.

    Arguments:
        source: what is read.
        share: of all values, in [0, 1).
        modalities: how many the source has.
        seed: which values.
    """

    def __init__(self, source: Source, share: float, modalities: int, seed: int) -> None:
        self._source = source
        generator = torch.Generator().manual_seed(derived_seed("drop", seed))
        draws = torch.rand(len(source), modalities, generator=generator)
        kept = draws >= share
        # The value with the largest draw stays, so that no sample is left with nothing.
        self._kept = kept.scatter(1, draws.argmax(1, keepdim=True), True)

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(self._source)

    def fetch(self, indices: Tensor, noise: Noise) -> Batch:
        """Return the samples with what is hidden marked as absent."""
        batch = self._source.fetch(indices, noise)
        kept = self._kept[indices].unbind(1)
        present = {
            name: batch.present[name] & mask for name, mask in zip(batch.values, kept, strict=True)
        }
        # What stays may be what a sample lacks: then it keeps all that it has.
        bare = ~torch.stack(list(present.values())).any(0)
        present = {name: mask | batch.present[name] & bare for name, mask in present.items()}
        return replace(batch, present=present, complete=frozenset())
