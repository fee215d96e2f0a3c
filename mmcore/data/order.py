"""The order of samples, a pure function of (seed, step)."""

from collections.abc import Callable
from typing import final

import torch
from torch import Tensor

from mmcore.noise import derived_seed

__all__ = ["BlockShuffle", "SampleOrder", "Shuffle"]

Shuffle = Callable[[int, torch.Generator], Tensor]
"""Returns a permutation of a number of samples, (N,)."""


def _shuffled(samples: int, generator: torch.Generator) -> Tensor:
    return torch.randperm(samples, generator=generator)


class SampleOrder:
    """The samples of each step: one permutation of all samples after another.

    A step at the end of an epoch takes its other samples from the next one, so that every step has
    ``batch_size`` samples. The only state is a cache of the current permutation.

    Arguments:
        samples: number of samples.
        batch_size: samples of a step, over all processes.
        seed: of the permutations.
        rank: this process, which reads the rows ``rank::world`` of each step.
        world: number of processes.
        shuffle: the permutations, by default uniform over all of them.

    Example:
        >>> order = SampleOrder(samples=10, batch_size=4, seed=0)
        >>> [len(order.step(n)) for n in range(3)]
        [4, 4, 4]
    """

    def __init__(
        self,
        samples: int,
        batch_size: int,
        seed: int,
        *,
        rank: int = 0,
        world: int = 1,
        shuffle: Shuffle = _shuffled,
    ) -> None:
        self._samples, self._batch_size, self._seed = samples, batch_size, seed
        self._rank, self._world, self._shuffle = rank, world, shuffle
        self._cached: tuple[int, Tensor] = (-1, torch.empty(0, dtype=torch.long))

    def epoch(self, step: int) -> float:
        """Return how many times all samples have been read before ``step``."""
        return step * self._batch_size / self._samples

    def step(self, number: int) -> Tensor:
        """Return the indices that this process reads in step ``number``, (B,)."""
        start, end = number * self._batch_size, (number + 1) * self._batch_size
        parts = []
        while start < end:
            epoch, offset = divmod(start, self._samples)
            part = self._permutation(epoch)[offset : offset + end - start]
            parts.append(part)
            start += len(part)
        rows = parts[0] if len(parts) == 1 else torch.cat(parts)
        return rows[self._rank :: self._world]

    def _permutation(self, epoch: int) -> Tensor:
        if self._cached[0] != epoch:
            generator = torch.Generator().manual_seed(derived_seed("order", self._seed, epoch))
            self._cached = (epoch, self._shuffle(self._samples, generator))
        return self._cached[1]


@final
class BlockShuffle:
    """Permutations that read a file in blocks, for values that are larger than memory.

    Samples that follow each other in the file form a block. The blocks are shuffled, ``mixed`` of them at a
    time are read together, and their samples are shuffled. Blocks begin elsewhere in every epoch. Two
    samples of a step are from the same block with a probability of about 1 / ``mixed``.

    Arguments:
        positions: where each sample lies in the file, (N,).
        block: samples of a block.
        mixed: number of blocks whose samples are shuffled together.

    Example:
        >>> shuffle = BlockShuffle(torch.arange(8), block=2, mixed=2)
        >>> sorted(shuffle(8, torch.Generator()).tolist())
        [0, 1, 2, 3, 4, 5, 6, 7]
    """

    def __init__(self, positions: Tensor, block: int, mixed: int) -> None:
        self._in_file = positions.argsort(stable=True)
        self._block, self._mixed = block, mixed

    def __call__(self, samples: int, generator: torch.Generator) -> Tensor:
        """Return a permutation of the samples, (N,)."""
        begin = int(torch.randint(self._block, (), generator=generator))
        rows = torch.randperm(samples, generator=generator)
        blocks = torch.randperm((samples + begin) // self._block + 1, generator=generator)
        read = blocks[(rows + begin) // self._block] // self._mixed
        return self._in_file[rows[read.argsort(stable=True)]]
