"""Some of the samples of a source."""

from copy import copy

import torch
from torch import Tensor

from mmcore.batch import Batch
from mmcore.data.source import Source
from mmcore.errors import MmcoreError
from mmcore.noise import Noise, derived_seed

__all__ = ["Subset", "rows_apart", "split_off"]


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

    @property
    def nbytes(self) -> int:
        """The size of all values of the source."""
        return self._source.nbytes

    def on(self, device: torch.device) -> "Subset":
        """Return the same samples of the source on ``device``."""
        moved_copy = copy(self)
        moved_copy._source = self._source.on(device)
        return moved_copy

    def positions(self) -> Tensor | None:
        """Return where each sample lies in a file."""
        positions = self._source.positions()
        return None if positions is None else positions[self._rows]


def rows_apart(rows: int, share: float) -> int:
    """Return how many of some training samples are held apart for validation.

    Raises:
        MmcoreError: they are none, or all.
    """
    held = round(share * rows)
    if not 0 < held < rows:
        raise MmcoreError(
            f"a share of {share:g} of the {rows} training samples is held out for validation, which is"
            f" {held}, expected at least one and not all; add samples, or write"
            " 'training: {validation: {share: 0.5}}', or 'training: {validation: null}' to train without"
        )
    return held


def split_off(source: Source, share: float, seed: int) -> tuple[Subset, Subset]:
    """Return a source without a random share of its samples, and the source of that share.

    If samples are pairs of items, an item may be part of samples in both sources.

    Raises:
        MmcoreError: one of them would be empty.
    """
    held = rows_apart(len(source), share)
    generator = torch.Generator().manual_seed(derived_seed("held apart", seed))
    order = torch.randperm(len(source), generator=generator)
    return Subset(source, order[held:].sort().values), Subset(source, order[:held].sort().values)
