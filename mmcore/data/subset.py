"""Some of the samples of a source."""

import torch
from torch import Tensor

from mmcore.batch import Batch
from mmcore.data.source import Source
from mmcore.errors import MmcoreError
from mmcore.noise import Noise, derived_seed

__all__ = ["Subset", "split_off"]


class Subset(Source):
    """Some samples of another source.

    Arguments:
        source: of the samples.
        rows: indices of the samples, (N,).
    """

    def __init__(self, source: Source, rows: Tensor) -> None:
        self._source, self._rows = source, rows

    def __len__(self) -> int:
        """Return N."""
        return len(self._rows)

    def fetch(self, indices: Tensor, noise: Noise) -> Batch:
        """Return the samples ``indices``, (B,), of the subset."""
        return self._source.fetch(self._rows[indices], noise)


def split_off(source: Source, share: float, seed: int) -> tuple[Subset, Subset]:
    """Return a source without a random share of its samples, and the source of that share.

    If samples are pairs of items, an item may be part of samples in both sources.

    Raises:
        MmcoreError: one of them would be empty.
    """
    generator = torch.Generator().manual_seed(derived_seed("held apart", seed))
    order = torch.randperm(len(source), generator=generator)
    held = round(share * len(source))
    if not 0 < held < len(source):
        raise MmcoreError(
            f"validation.share is {share}, which leaves {held} of {len(source)} samples on one side;"
            " expected a share with at least one on each, or no validation"
        )
    return Subset(source, order[held:].sort().values), Subset(source, order[:held].sort().values)
